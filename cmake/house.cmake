# headgate_library(NAME [SELDOM] SOURCES a.cc ... STANDS_ON lib ...)
# One folder of the house is one static library; STANDS_ON is the whole of what it may include (tests/lint checks it).
# SELDOM: little or nothing of a request passes through it. Where AddressSanitizer watches, it runs a few times in the
# tests, and to optimize it would take longer than they do.
function(headgate_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SELDOM" "" "SOURCES;STANDS_ON")
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_STANDS_ON})
  if(arg_SELDOM)
    target_compile_options(${name} PRIVATE ${headgate_seldom_options})
    headgate_reuse_precompiled(${name} headgate_precompiled_seldom)
  else()
    headgate_reuse_precompiled(${name} headgate_precompiled)
  endif()
endfunction()

# headgate_embed(OUT HEADER path/x.h NAMESPACE a::b FOLDER page FILES index.html style/page.css ...): OUT is a source that
# holds the files of that folder, byte by byte; HEADER declares what is in it. See cmake/embed.cmake.
function(headgate_embed out)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;NAMESPACE;FOLDER" "FILES")
  list(JOIN arg_FILES "," files)
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/${arg_FOLDER})
  list(TRANSFORM arg_FILES PREPEND ${folder}/ OUTPUT_VARIABLE paths)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DFOLDER=${folder} -DFILES=${files}
            -DHEADER=${arg_HEADER} -DNAMESPACE=${arg_NAMESPACE} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${paths} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    COMMENT "Embedding ${arg_NAMESPACE}"
    VERBATIM)
endfunction()
