# A frame pointer costs a few instructions a call and a register, some 6% of a request; profilers do without (-g1 has
# what perf's --call-graph=dwarf and callgrind need), the sanitizers' traces do not.
set(HEADGATE_FRAMES -fno-omit-frame-pointer)
if(HEADGATE_SANITIZE STREQUAL "none")
  set(HEADGATE_FRAMES -fomit-frame-pointer)
endif()

# One set of flags for every target of the house.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
                    -Werror ${HEADGATE_FRAMES} -pthread)
add_compile_definitions(_GNU_SOURCE)
add_link_options(-fuse-ld=lld-19 -Wl,-z,relro,-z,now)

if(HEADGATE_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_compile_definitions(HEADGATE_PLAIN_FRAMES)  # every coroutine frame from the allocator that the sanitizer watches
  add_link_options(-fsanitize=address,undefined)
elseif(HEADGATE_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
elseif(NOT HEADGATE_SANITIZE STREQUAL "none")
  message(FATAL_ERROR "HEADGATE_SANITIZE is '${HEADGATE_SANITIZE}'; it takes none, address or thread")
endif()

if(HEADGATE_FUZZ)
  # Coverage instrumentation everywhere; only the targets in tests/fuzz link libFuzzer's main.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
