#include "config/disk_copy.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/load.h"

namespace headgate::config {
namespace {

class DiskCopyTest : public testing::Test {
 protected:
  DiskCopyTest() {
    std::string name = testing::TempDir() + "headgate-disk-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    write("listeners: { web: { bind: 127.0.0.1:0 } }\n");
    running_ = std::make_shared<const Config>(std::get<Config>(load_file(file_, {})));
  }
  ~DiskCopyTest() override { std::filesystem::remove_all(folder_); }
  void write(std::string_view text) { std::ofstream(file()) << text; }
  const std::string& file() {
    file_ = folder_ + "/headgate.yaml";
    return file_;
  }

  std::string folder_;
  std::string file_;
  std::shared_ptr<const Config> running_;
  DiskCopy disk_;
};

TEST_F(DiskCopyTest, WhatWasLoadedIsTheSame) {
  EXPECT_EQ(running_->text, "listeners: { web: { bind: 127.0.0.1:0 } }\n");
  disk_.look(running_);
  EXPECT_FALSE(disk_.differs());
  EXPECT_FALSE(disk_.other_text());
  EXPECT_EQ(disk_.error(), "");
}

TEST_F(DiskCopyTest, FollowsTheFile) {
  disk_.look(running_);
  write("listeners: {}\n");
  disk_.look(running_);
  EXPECT_TRUE(disk_.differs());
  EXPECT_EQ(disk_.other_text(), "listeners: {}\n");
  write(running_->text);
  disk_.look(running_);
  EXPECT_FALSE(disk_.differs());
  write("listeners: {}\n");
  auto other = std::make_shared<Config>(*running_);
  other->text = "listeners: {}\n";
  disk_.look(other);
  EXPECT_FALSE(disk_.differs()) << "another configuration runs";
}

TEST_F(DiskCopyTest, ASaneWayToSayThatItCannotBeRead) {
  std::filesystem::remove(file_);
  disk_.look(running_);
  EXPECT_TRUE(disk_.differs());
  EXPECT_FALSE(disk_.other_text());
  EXPECT_NE(disk_.error().find("No such file"), std::string::npos);
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  disk_.look(running_);
  EXPECT_EQ(disk_.error(), file_ + " is no regular file") << "a pipe is not waited for";
  std::filesystem::remove(file_);
  write(running_->text);
  disk_.look(running_);
  EXPECT_FALSE(disk_.differs());
}

TEST_F(DiskCopyTest, ATextFromNoFileIsComparedWithNothing) {
  auto made = std::make_shared<const Config>(std::get<Config>(load_text(running_->text, "demo.yaml", {})));
  disk_.look(made);
  EXPECT_FALSE(disk_.differs());
  EXPECT_EQ(disk_.error(), "the configuration was not read from a file");
}

}  // namespace
}  // namespace headgate::config
