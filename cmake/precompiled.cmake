# The libraries' headers that most files include, parsed once in place of once a file: 2.6 s of processor time for a file of
# the sanitized builds become 1.6. Release is built without, so that a file which forgets an include is found.
option(HEADGATE_PRECOMPILED "Precompile the libraries' headers" OFF)

# headgate_precompiled_headers(NAME HEADER USES lib ...): the header, compiled; what targets reuse it must have its flags.
function(headgate_precompiled_headers name header)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "USES")
  if(NOT HEADGATE_PRECOMPILED)
    return()
  endif()
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE ${arg_USES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/${header})
endfunction()

# headgate_reuse_precompiled(TARGET NAME)
function(headgate_reuse_precompiled target name)
  if(HEADGATE_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

headgate_precompiled_headers(headgate_precompiled precompiled.h USES fmt::fmt)
