"""completions.py BINARY FOLDER: writes completions for bash, zsh and fish, with every word and option of --help."""
import pathlib
import re
import sys

import command_tree

# Operands and values that are files of this machine.
FILES = re.compile(r"\b(?:FILE|NEW|LOG|PATH|TOKEN_FILE|SOCKET)\b")


def option_names(word):
    return [name for option in word.options for name in option.names]


def takes_file(thing):
    return bool(FILES.search(getattr(thing, "value", "") or getattr(thing, "name", "")))


def with_value(top, wanted):
    """Names of options that take a value for which `wanted` holds."""
    return sorted({name for word in top.every() for option in word.options if option.value and wanted(option)
                   for name in option.names})


def bash(top):
    cases = []
    for word in top.every():
        choices = [below.path[-1] for below in word.words] + option_names(word)
        cases.append(f'    "{" ".join(word.path)}")\n      choices="{" ".join(choices)}"\n'
                     f'      files={"yes" if any(map(takes_file, word.operands)) else ""}\n'
                     f'      words="{" ".join(below.path[-1] for below in word.words)}" ;;')
    files, values = with_value(top, takes_file), with_value(top, lambda option: not takes_file(option))
    return BASH.format(cases="\n".join(cases), files="|".join(files) or "''", values="|".join(values) or "''")


BASH = r"""# bash completion for headgate; made from its --help.
_headgate_word() {{
  case "$1" in
{cases}
    *) return 1 ;;
  esac
}}

_headgate() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=headgate path= choices= files= words= at
  COMPREPLY=()
  _headgate_word "" || return 0
  for ((at = 1; at < COMP_CWORD; at++)); do
    previous=${{COMP_WORDS[at]}}
    case " $words " in
      *" $previous "*) path="${{path:+$path }}$previous" && _headgate_word "$path" ;;
    esac
  done
  case "$previous" in
    {files}) choices= files=yes ;;
    {values}) return 0 ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
  if [ -n "$files" ] && [[ "$current" != -* ]]; then
    local file
    while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  fi
}}
complete -F _headgate headgate
"""


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh_described(name, text):
    return quoted(name.replace(":", "\\:") + ":" + text)


def zsh(top):
    out = ["#compdef headgate", "# zsh completion for headgate; made from its --help.", "",
           "_headgate() {", "  local path= at", "  local -a words_here options_here",
           "  _headgate_word ''", "  for ((at = 2; at < CURRENT; at++)); do",
           "    if (( ${words_here[(I)${words[at]}:*]} )); then",
           "      path=\"${path:+$path }${words[at]}\"", "      _headgate_word \"$path\"", "    fi", "  done",
           f"  case ${{words[CURRENT-1]}} in ({'|'.join(with_value(top, takes_file)) or chr(39) * 2}) _files; return ;;",
           f"    ({'|'.join(with_value(top, lambda option: not takes_file(option))) or chr(39) * 2}) "
           "_message value; return ;;", "  esac",
           "  if [[ ${words[CURRENT]} == -* ]]; then _describe option options_here; return; fi",
           "  (( $#words_here )) && _describe word words_here",
           "  [[ -z $takes_files ]] || _files", "}", "", "_headgate_word() {", "  takes_files=", "  case $1 in"]
    for word in top.every():
        words = " ".join(zsh_described(below.path[-1], below.text) for below in word.words)
        options = " ".join(zsh_described(name, option.text) for option in word.options for name in option.names)
        files = "yes" if any(map(takes_file, word.operands)) else ""
        out.append(f"    ({quoted(' '.join(word.path))}) words_here=({words}) options_here=({options}) takes_files={files} ;;")
    return "\n".join([*out, "  esac", "}", "", "local takes_files", '_headgate "$@"', ""])


def fish_condition(word):
    """That the words given so far are those of `word`, and none of those below it."""
    seen = [f"__fish_seen_subcommand_from {name}" for name in word.path]
    below = " ".join(other.path[-1] for other in word.words)
    if below:
        seen.append(f"not __fish_seen_subcommand_from {below}")
    return "; and ".join(seen) or "true"


def fish(top):
    out = ["# fish completion for headgate; made from its --help.", "complete -c headgate -f"]
    for word in top.every():
        when = f"complete -c headgate -n {quoted(fish_condition(word))}"
        out += [f"{when} -a {below.path[-1]} -d {quoted(below.text)}" for below in word.words]
        for option in word.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
            value = "" if not option.value else " -r -F" if takes_file(option) else " -x"
            out.append(f"{when} {names}{value} -d {quoted(option.text)}")
        if any(map(takes_file, word.operands)):
            out.append(f"{when} -F")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    tree = command_tree.read(pathlib.Path(sys.argv[1]).resolve())
    for path, text in {"bash/headgate": bash(tree), "zsh/_headgate": zsh(tree), "fish/headgate.fish": fish(tree)}.items():
        file = pathlib.Path(sys.argv[2], path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
