"""Completions of bash: an engine that reads the line, and tables that it asks."""

from collections.abc import Iterable, Iterator
from shlex import quote

from gi_cli.docgen.complete import commands, options, values, words
from gi_cli.docgen.pages import Option

ENGINE = r"""# bash completion for gi, written by python -m gi_cli.docgen

_gi() {
    local IFS=$' \t\n' typed=$2
    local current start cword skip head= value quoted= offline=
    local command= pending= literal= given=' ' option attached
    local takes repeats redirects='^[0-9&]?[<>]+'
    local -a line=() plain=() choices=()
    COMPREPLY=()
    _gi_line
    _gi_read "${line[@]:1:cword-1}"
    local known=$command awaited=$pending dashed=$literal place=${#plain[@]}
    pending=
    _gi_read "${line[@]:cword+1}"
    command=$known
    skip=${current%"$typed"} value=$current
    if [[ $awaited ]]; then
        _gi_takes "$awaited"
    elif [[ $dashed ]]; then
        _gi_takes "$place"
    elif [[ $current =~ $redirects ]]; then
        head=$BASH_REMATCH value=${current#"$BASH_REMATCH"} takes=file
    elif [[ $current == --*=* ]]; then
        head=${current%%=*}= value=${current#*=}
        _gi_takes "${current%%=*}"
    elif [[ $current == -[!-]?* ]]; then
        _gi_short "$current"
        head=${current%"$attached"} value=$attached
    elif [[ $current == -* ]]; then
        _gi_options
        return
    else
        _gi_takes "$place"
    fi
    _gi_value
}

# The words as they were typed: COMP_WORDS is split at = : @ too.
_gi_line() {
    local rest=$COMP_LINE last=-1 index part
    for ((index = 0; index < ${#COMP_WORDS[@]}; index++)); do
        part=${COMP_WORDS[index]}
        if ((last < 0)) || [[ $rest == [[:space:]]* ]]; then
            ((++last))
            line[last]=
            [[ $part ]] && rest=${rest#"${rest%%[![:space:]]*}"}
            start=$((${#COMP_LINE} - ${#rest}))
        fi
        line[last]+=$part
        rest=${rest#"$part"}
        if ((index == COMP_CWORD)); then
            cword=$last current=
            if ((COMP_POINT < start)); then
                line[last]= line[++last]=$part
            elif [[ $part ]]; then
                current=${COMP_LINE:start:COMP_POINT-start}
            fi
        fi
    done
}

# What words of the line mean: the command, options, words of the command.
_gi_read() {
    local word
    for word; do
        if [[ $pending ]]; then
            pending=
        elif [[ $literal ]]; then
            plain+=("$word")
        elif [[ $word == -- ]]; then
            literal=1
        elif [[ $word == --*=* ]]; then
            _gi_give "${word%%=*}"
        elif [[ $word == --* ]]; then
            _gi_give "$word"
            [[ $takes == switch ]] || pending=$word
        elif [[ $word == -?* ]]; then
            _gi_short "$word"
            [[ $takes == switch || $attached ]] || pending=$option
        elif [[ $word =~ $redirects ]]; then
            [[ $word != "$BASH_REMATCH" ]] || pending='>'
        elif [[ ! $command ]]; then
            command=$word
        elif [[ $command == @GROUPS@ ]]; then
            command+=" $word"
        else
            plain+=("$word")
        fi
    done
}

# Short options in one word: the first that takes a value, and the value behind it.
_gi_short() {
    attached=${1#-}
    while [[ $attached ]]; do
        option=-${attached:0:1} attached=${attached:1}
        _gi_give "$option"
        [[ $takes == switch ]] || return 0
    done
}

_gi_give() {
    [[ $1 == --offline ]] && offline=1
    _gi_takes "$1"
    [[ $repeats ]] || given+="$1 "
}

# Offer what begins with the word, without what readline leaves as it stands.
_gi_offer() {
    local whole=$head$1
    [[ $1 == "$value"* ]] && COMPREPLY+=("${whole#"$skip"}")
}

_gi_options() {
    local names name
    _gi_names
    for names in "${choices[@]}"; do
        for name in ${names//,/ }; do
            [[ $given != *" $name "* ]] || continue 2
        done
        for name in ${names//,/ }; do
            _gi_offer "$name"
        done
    done
}

_gi_value() {
    local choice
    _gi_unquote
    case $takes in
    file | folder) _gi_paths ;;
    running | id) _gi_ids ;;
    @file)
        if [[ $value == @* ]]; then
            head+=@ value=${value#@}
            _gi_paths
            return
        fi
        ;;
    field)
        if [[ $value == *=@* ]]; then
            head+=${value%%=@*}=@ value=${value#*=@}
            _gi_paths
        fi
        ;;
    esac
    for choice in ${choices[@]+"${choices[@]}"}; do
        _gi_offer "$choice"
    done
}

_gi_unquote() {
    if [[ $value == [\"\']* ]]; then
        quoted=${value:0:1} value=${value:1}
        head+=$quoted
    fi
}

# Readline knows best how to complete a word that is a path; but it takes @ for a host,
# and ~ behind @ or = is no home for bash.
_gi_paths() {
    local path= each shown failglob=
    _gi_unquote
    if [[ $head == "$skip" && ! ($head == *[=@] && $value == '~'*) ]]; then
        if [[ $takes == folder ]]; then
            compopt -o dirnames 2>/dev/null && return
        else
            compopt -o default 2>/dev/null && return
        fi
    fi
    while [[ $value == *\\?* ]]; do
        path+=${value%%\\*} value=${value#*\\}
        path+=${value:0:1} value=${value:1}
    done
    path+=$value
    [[ $path != '~/'* ]] || path=$HOME/${path:2}
    value=
    shopt -q failglob && failglob=1 && shopt -u failglob
    for each in "$path"*; do
        printf -v shown %q "$each"
        if [[ $quoted ]]; then
            [[ $each != *[\"\'\`\$\\]* ]] || continue
            shown=$each
        fi
        if [[ -d $each ]]; then
            _gi_offer "$shown/"
        elif [[ -e $each && $takes != folder ]]; then
            _gi_offer "$shown"
        fi
    done
    [[ ! $failglob ]] || shopt -s failglob
    [[ ${COMPREPLY-} != */ ]] || compopt -o nospace 2>/dev/null
}

# The ids that gi keeps beside its ledger. A list that only shows them tells more.
_gi_ids() {
    local ledger=${GI_LEDGER:-${XDG_STATE_HOME:-$HOME/.local/state}/gi/ledger.db}
    local id phase host about
    case ${GI_OFFLINE-} in
    '' | 0 | false | no | off) ;;
    *) offline=1 ;;
    esac
    [[ $ledger != off && -r $ledger.ids ]] || return 0
    while IFS=$'\t' read -r id phase host about; do
        [[ $takes == id || $phase == running ]] || continue
        [[ $host == offline ]] && phase=1 || phase=
        [[ $phase == "$offline" && " ${plain[*]-} " != *" $id "* ]] || continue
        printf -v id %q "$id"
        ((COMP_TYPE != 63)) || id+="  ($about)"
        _gi_offer "$id"
    done <"$ledger.ids"
    compopt -o nosort 2>/dev/null
}
"""


def script() -> str:
    """The whole script."""
    groups = [name for name in commands() if name]
    engine = ENGINE.replace("@GROUPS@", "|".join(groups))
    return "\n".join((engine, _names(), _takes(), "complete -F _gi gi", ""))


def _names() -> str:
    """The options of each command, the names of one joined by commas."""
    lines = ["# The options of a command, the names of one joined by commas."]
    lines += ["_gi_names() {", "    choices=()"]
    for takers, taken in options().items():
        names = " ".join(",".join(option.names) for option in taken)
        pattern = " | ".join(map(quote, takers))
        lines.append(f"    case $command in {pattern}) choices+=({names}) ;; esac")
    return "\n".join((*lines, "}", ""))


def _takes() -> str:
    """What a value or a word may be."""
    lines = ["# What the value of an option may be, or a word at a place."]
    lines += ["_gi_takes() {", "    takes= repeats= choices=()"]
    lines += ["    case $command,$1 in"]
    lines += [f"    {pattern}) {sets} ;;" for pattern, sets in _arms()]
    return "\n".join((*lines, "    esac", "}", ""))


def _arms() -> Iterator[tuple[str, str]]:
    """Patterns, and what is set where one fits."""
    for group, inner in commands().items():
        yield f"{quote(group)},0", _array(inner)
    for command, place, word in words():
        at = "[0-9]*" if word.repeats else place
        if word.takes or word.choices:
            yield f"{quote(command)},{at}", _sets(word)
    yield "*,'>'", "takes=file"
    for value, pairs in values():
        patterns = (f"{c if c == '*' else quote(c)},{name}" for c, name in pairs)
        yield " | ".join(patterns), _sets(value)
    yield "*,-*", "takes=switch"


def _sets(option: Option) -> str:
    sets = [f"takes={option.takes}"] if option.takes else []
    sets += ["repeats=1"] if option.repeats else []
    sets += [_array(option.choices)] if option.choices else []
    return " ".join(sets) or ":"


def _array(values: Iterable[str]) -> str:
    return f"choices=({' '.join(quote(each) for each in values)})"
