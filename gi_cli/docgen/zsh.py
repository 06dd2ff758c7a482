"""Completions of zsh: what `_arguments` reads, for each command."""

from shlex import quote

from gi_cli.docgen.complete import HELP, SWITCH, VERSION, commands, options, words
from gi_cli.docgen.pages import Option

HEAD = r"""#compdef gi
# zsh completion for gi, written by python -m gi_cli.docgen

_gi() {
    _gi_command ''
}

_gi_command() {
    local curcontext=$curcontext state line ret=1
    local -A opt_args
    local -a specs inner
    _gi_specs "$1"
    _gi_commands "$1"
    (( ! $#inner )) || specs+=('1:command:->command' '*::word:->words')
    (( $#specs )) || return
    # Only the beginning of an option counts: --for is no --error-format.
    _arguments -C -s -S -M 'r:|=*' $specs && ret=0
    case $state in
    command) _describe -t commands command inner && ret=0 ;;
    words) _gi_command "${1:+$1 }$words[1]" && ret=0 ;;
    esac
    return ret
}

# Known values, or a file behind @.
_gi_text() {
    local expl
    if compset -P '[@]'; then
        _gi_files
    elif (( $# )); then
        _wanted values expl value compadd - "$@"
    else
        _message 'text or @FILE'
    fi
}

# PATH=VALUE, with a file behind =@.
_gi_field() {
    if compset -P 1 '*=@'; then
        _gi_files
    else
        _message 'PATH=VALUE or PATH=@FILE'
    fi
}

# Words that are the user's own; a message in front of options would keep them out.
_gi_tell() {
    [[ $PREFIX == -* ]] || _message words
}

# Behind @ or = the shell makes nothing of ~.
_gi_files() {
    [[ -z $IPREFIX || $PREFIX != \~/* ]] || PREFIX=$HOME${PREFIX#\~}
    _files "$@"
}

# The ids that gi keeps beside its ledger.
_gi_ids() {
    local ledger=${GI_LEDGER:-${XDG_STATE_HOME:-$HOME/.local/state}/gi/ledger.db}
    local offline id phase host about
    local -a found
    if [[ ${GI_OFFLINE-} != (|0|false|no|off) || -n ${words[(re)--offline]-} ]]; then
        offline=offline
    fi
    if [[ $ledger != off && -r $ledger.ids ]]; then
        while IFS=$'\t' read -r id phase host about; do
            [[ $1 == id || $phase == running ]] || continue
            [[ ${(M)host:#offline} == "$offline" ]] || continue
            [[ ${words[(Ie)$id]} == (0|$CURRENT) ]] || continue
            found+=("${${id//\\/\\\\}//:/\\:}:$about")
        done <"$ledger.ids"
    fi
    _describe -V -t interactions interaction found
}
"""
TAKES = {
    "": "",
    "file": "_gi_files",
    "folder": "_gi_files -/",
    "@file": " _gi_text",
    "field": " _gi_field",
    "running": " _gi_ids running",
    "id": " _gi_ids id",
}


TAIL = """\
if [[ $funcstack[1] == _gi ]]; then
    _gi "$@"
else
    compdef _gi gi
fi
"""


def script() -> str:
    """The whole script."""
    return "\n".join((HEAD, _commands(), _specs(), TAIL))


def _commands() -> str:
    """The commands of gi and of its groups."""
    lines = ["_gi_commands() {", "    case $1 in"]
    for group, inner in commands().items():
        lines += [f"    {quote(group)}) inner=("]
        lines += [
            f"        {quote(f'{each}:{about}')}" for each, about in inner.items()
        ]
        lines += ["    ) ;;"]
    return "\n".join((*lines, "    esac", "}", ""))


def _specs() -> str:
    """The options and words of each command, as `_arguments` reads them."""
    lines = ["_gi_specs() {"]
    for names, taken in options().items():
        pattern = " | ".join(map(quote, names))
        lines += [f"    case $1 in ({pattern}) specs+=("]
        lines += [f"        {spec(each)}" for each in taken]
        lines += ["    ) ;; esac"]
    lines += ["    case $1 in"]
    for command, place, word in words():
        lines += [f"    ({quote(command)}) specs+=({_word(place, word)}) ;|"]
    return "\n".join((*lines, "    esac", "}", ""))


def spec(option: Option) -> str:
    """The option as a value of `_arguments`, one for each of its names."""
    others = "*" if option.repeats else f"({' '.join(option.names)})"
    others = "(- *)" if option in (HELP, VERSION) else others
    about = f"[{_escaped(option.help, ']')}]"
    names = list(option.names)
    if option.takes != SWITCH:
        about += f":{_escaped(option.metavar, ':')}:{_action(option)}"
        names = [f"{each}=" if each.startswith("--") else f"{each}+" for each in names]
    spelled = names[0] if len(names) == 1 else f"{{{','.join(names)}}}"
    return f"{quote(others)}{spelled}{quote(about)}"


def _word(place: int, word: Option) -> str:
    number = "*" if word.repeats else place + 1
    action = _action(word) if word.takes or word.choices else " _gi_tell"
    return quote(f"{number}:{_escaped(word.metavar, ':')}:{action}")


def _action(option: Option) -> str:
    choices = " ".join(_escaped(quote(each), ":") for each in option.choices)
    if option.takes or not choices:
        return f"{TAKES[option.takes]} {choices}".rstrip() or " "
    return f"({choices})"


def _escaped(text: str, mark: str) -> str:
    return text.replace("\\", "\\\\").replace(mark, f"\\{mark}")
