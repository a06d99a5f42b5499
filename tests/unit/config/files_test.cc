#include "config/files.h"

#include <sys/stat.h>

#include "tests/unit/config/loading.h"

namespace headgate::config {
namespace {

TEST(Paths, AreTakenFromTheFilesFolder) {
  EXPECT_EQ(absolute_path("/etc/headgate", "tls/a.pem"), "/etc/headgate/tls/a.pem");
  EXPECT_EQ(absolute_path("/etc/headgate", "../a"), "/etc/a");
  EXPECT_EQ(absolute_path("/etc/headgate", "/srv/./www"), "/srv/www");
  EXPECT_EQ(folder_of("/etc/headgate/headgate.yaml"), "/etc/headgate");
  EXPECT_EQ(folder_of("headgate.yaml").front(), '/');
}

TEST(Directories, MustBeThere) {
  const TempFolder folder;
  EXPECT_TRUE(require_directory(folder.path()));
  EXPECT_EQ(require_directory(folder.path("none")).error().message,
            "directory " + folder.path("none") + ": No such file or directory");
  const std::string file = folder.write("file", "");
  EXPECT_EQ(require_directory(file).error().message, file + " is not a directory");
}

TEST(Texts, AreReadUpToTheirBound) {
  const TempFolder folder;
  const std::string file = folder.write("file", std::string(200'000, 'x'));
  const base::Result<std::string> text = read_text(file, 200'000);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->size(), 200'000u);
  EXPECT_EQ(read_text(file, 199'999).error().message, file + " is larger than 199999 bytes");
}

TEST(Secrets, AreOneWordWithoutTheNewline) {
  const TempFolder folder;
  EXPECT_EQ(*read_secret(folder.write("a", "s3cret\n")), "s3cret");
  EXPECT_EQ(*read_secret(folder.write("b", "s3cret")), "s3cret");
  EXPECT_EQ(*read_secret(folder.write("c", std::string(4095, 'x') + "\n")), std::string(4095, 'x'));
}

TEST(Secrets, ThatCannotBeUsed) {
  const TempFolder folder;
  const auto message_of = [&](const std::string& path) {
    const base::Result<std::string> secret = read_secret(path);
    return secret ? "read" : secret.error().message;
  };
  const std::string none = folder.path("none");
  EXPECT_EQ(message_of(none), "cannot open " + none + ": No such file or directory");
  EXPECT_EQ(message_of(folder.path()), folder.path() + " is not a regular file");
  const std::string empty = folder.write("empty", "\n");
  EXPECT_EQ(message_of(empty), empty + " is empty");
  const std::string lines = folder.write("lines", "two\nlines\n");
  EXPECT_EQ(message_of(lines), lines + " must hold one word of visible ASCII characters");
  const std::string twice = folder.write("twice", "s3cret\n\n");
  EXPECT_EQ(message_of(twice), twice + " must hold one word of visible ASCII characters") << "one newline is trimmed";
  const std::string large = folder.write("large", std::string(4097, 'x'));
  EXPECT_EQ(message_of(large), large + " is larger than 4096 bytes");
  const std::string pipe = folder.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(message_of(pipe), pipe + " is not a regular file") << "without waiting for a writer";
}

TEST(Secrets, AreNotOpenToEveryUser) {
  const TempFolder folder;
  for (int mode : {0400, 0440, 0600, 0660}) EXPECT_TRUE(read_secret(folder.write("good", "x", mode))) << mode;
  for (int mode : {0604, 0602, 0601}) {
    std::filesystem::remove(folder.path("bad"));
    const std::string file = folder.write("bad", "x", mode);
    const base::Result<std::string> secret = read_secret(file);
    ASSERT_FALSE(secret) << mode;
  }
  const std::string open = folder.write("open", "x", 0644);
  EXPECT_EQ(read_secret(open).error().message, open + " is open to every user (mode 0644); chmod o= " + open);
}

TEST(Secrets, ProblemsHaveThePlaceOfTheKey) {
  const TempFolder folder;
  const std::string token = folder.write("token", "x", 0644);
  const std::string file = folder.path("hg.yaml");
  EXPECT_EQ(
      problems_of("listeners: { web: { bind: 127.0.0.1:0 } }\nadmin: { bind: 127.0.0.1:0, token_file: token }\n", file),
      file + ":2:41: admin.token_file: " + token + " is open to every user (mode 0644); chmod o= " + token + "\n");
}

TEST(Files, ThatCannotBeLoaded) {
  const TempFolder folder;
  const auto text_of = [&](const std::string& file) {
    return std::get<Problems>(load_file(file, no_environment())).text();
  };
  const std::string none = folder.path("none.yaml");
  EXPECT_EQ(text_of(none), none + ": cannot open " + none + ": No such file or directory\n");
  EXPECT_EQ(text_of(folder.path()), folder.path() + ": cannot read " + folder.path() + ": Is a directory\n");
  const std::string empty = folder.write("empty.yaml", "# nothing yet\n");
  EXPECT_EQ(text_of(empty), empty + ": is empty; at least listeners is required\n");
}

}  // namespace
}  // namespace headgate::config
