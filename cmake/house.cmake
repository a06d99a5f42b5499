# headgate_library(NAME SOURCES a.cc ... STANDS_ON lib ...)
# One folder of the house is one static library; STANDS_ON is the whole of what it may include (tests/lint checks it).
function(headgate_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;STANDS_ON")
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_STANDS_ON})
endfunction()
