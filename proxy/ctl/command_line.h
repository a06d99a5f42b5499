#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/ctl/client/client.h"
#include "proxy/ctl/words/console.h"

namespace headgate::proxy::ctl {

/// What a word does once its arguments are read.
using Run = std::function<int(const client::Client&, const words::Console&)>;

/// The words of `headgate ctl` with their arguments. Each word's options live as long as this does.
///
///     CLI::App* word = line.add("stop", "let open connections end, and stop");
///     line.runs(word, [](const Client& client, const Console& console) { return words::stop(client, console); });
class CommandLine {
 public:
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// A word with the options that all words have.
  CLI::App* add(const std::string& name, const std::string& what);
  void runs(CLI::App* word, Run run) { words_.push_back({word, std::move(run)}); }
  /// A place for a value of an option or a positional.
  template <class T>
  T& keep(T value = {}) {
    auto kept = std::make_shared<T>(std::move(value));
    kept_.push_back(kept);
    return *kept;
  }

  /// Reads the arguments and does what they say; arguments[0] is the program.
  int run(int count, const char* const* arguments);

 private:
  struct Word {
    CLI::App* word;
    Run run;
  };
  void add_shared(CLI::App* to);
  int refuse(const std::string& word, const std::string& what) const;
  int refuse_unknown(const CLI::App& of, const std::string& written) const;

  CLI::App app_;
  client::DoorWish door_;
  bool wants_json_ = false;
  std::vector<Word> words_;
  std::vector<std::shared_ptr<void>> kept_;
};

/// A Duration of the configuration: "60s", "5m".
CLI::Validator duration_check();

}  // namespace headgate::proxy::ctl
