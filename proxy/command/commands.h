#pragma once
#include <string>

// What the words of the command line do. Each returns the exit status: 0 well, 1 failed while running, 2 bad
// configuration or usage.
namespace headgate::proxy::command {

int run(const std::string& file);
int check(const std::string& file);
int demo();
int version();

}  // namespace headgate::proxy::command
