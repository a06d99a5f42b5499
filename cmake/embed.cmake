# Run by headgate_embed() as a script: writes OUT, a C++ source that holds every file of FILES (relative to FOLDER) byte
# by byte, for the declarations in HEADER. The digests are made here, so that a changed file changes the source.
#   cmake -DOUT=x.cc -DFOLDER=/a -DFILES=b.css,c/d.js -DHEADER=proxy/x.h -DNAMESPACE=headgate::x -P embed.cmake
string(REPLACE "," ";" FILES "${FILES}")
string(MAKE_C_IDENTIFIER "${NAMESPACE}" prefix)
set(type_css "text/css; charset=utf-8")
set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_json "application/json")
set(type_svg "image/svg+xml")

set(assembly "")
set(symbols "")
set(rows "")
set(digests "")
set(number 0)
foreach(file IN LISTS FILES)
  get_filename_component(suffix "${file}" LAST_EXT)
  string(SUBSTRING "${suffix}" 1 -1 suffix)
  if(NOT DEFINED type_${suffix})
    message(FATAL_ERROR "embed.cmake: no content type is known for ${file}")
  endif()
  file(SHA256 "${FOLDER}/${file}" digest)
  string(APPEND digests "${file} ${digest}\n")
  string(SUBSTRING "${digest}" 0 32 tag)
  file(SIZE "${FOLDER}/${file}" bytes)
  set(symbol "${prefix}_${number}")
  string(APPEND assembly "    \"${symbol}: .incbin \\\"${FOLDER}/${file}\\\"\\n\"\n")
  string(APPEND symbols "extern const char ${symbol}[];\n")
  string(APPEND rows "    {\"${file}\", \"${type_${suffix}}\", \"\\\"${tag}\\\"\", {${symbol}, ${bytes}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
string(SHA256 digest "${digests}")

file(WRITE "${OUT}" "// Made by cmake/embed.cmake.
#include \"${HEADER}\"

__asm__(
    \".pushsection .rodata\\n\"
${assembly}    \".popsection\\n\");
extern \"C\" {
${symbols}}

namespace ${NAMESPACE} {
namespace {

const EmbeddedFile kFiles[] = {
${rows}};

}  // namespace

std::span<const EmbeddedFile> embedded_files() {
  return kFiles;
}
std::string_view digest_of_embedded_files() {
  return \"${digest}\";
}

}  // namespace ${NAMESPACE}
")
