# The libraries' headers that most files include, parsed once in place of once a file: 2.6 s of processor time for a file of
# the sanitized builds become 1.6.
option(HEADGATE_PRECOMPILED "Precompile the libraries' headers" OFF)

set(headgate_common_headers
  <algorithm> <array> <atomic> <bit> <charconv> <chrono> <coroutine> <cstdint> <cstring> <deque> <filesystem> <fstream>
  <functional> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map>
  <utility> <variant> <vector> <fmt/format.h>)

# headgate_precompiled_headers(NAME HEADERS <a> ... USES lib ... [OPTIONS -O0 ...]): those headers, compiled; what reuses
# them must have the same flags.
function(headgate_precompiled_headers name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;USES;OPTIONS")
  if(NOT HEADGATE_PRECOMPILED)
    return()
  endif()
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE ${arg_USES})
  target_compile_options(${name} PRIVATE ${arg_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

# headgate_reuse_precompiled(TARGET NAME)
function(headgate_reuse_precompiled target name)
  if(HEADGATE_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

headgate_precompiled_headers(headgate_precompiled HEADERS ${headgate_common_headers} USES fmt::fmt)

# For libraries that are SELDOM run, and read or write JSON most of them: its header takes a second of each file.
set(headgate_seldom_options "")
if(HEADGATE_SANITIZE STREQUAL "address")
  set(headgate_seldom_options -O0)
endif()
headgate_precompiled_headers(headgate_precompiled_seldom
  HEADERS ${headgate_common_headers} <nlohmann/json.hpp>
  USES fmt::fmt nlohmann_json::nlohmann_json
  OPTIONS ${headgate_seldom_options})
