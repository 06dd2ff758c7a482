"""Completions of fish: an engine that reads the line, and tables that it asks."""

from collections.abc import Iterable, Iterator

from gi_cli.docgen.complete import commands, options, values, words
from gi_cli.docgen.pages import Option

ENGINE = r"""# fish completion for gi, written by python -m gi_cli.docgen

function __gi_complete
    set -l line (commandline -opc)
    while string match -qr '^\w+=' -- "$line[1]"
        set -e line[1]
    end
    set -l command
    set -l pending
    set -l literal
    set -l plain
    set -l given
    set -l offline
    set -l option
    set -l attached
    set -l takes
    set -l repeats
    set -l choices
    __gi_read $line[2..-1]
    set -l raw (commandline -ct)
    set -l value (string unescape -- "$raw")
    or set value (string unescape -- $raw\")
    or set value (string unescape -- $raw\')
    set -l head ''
    if test -n "$pending"
        __gi_takes $pending
    else if test -n "$literal"
        __gi_takes (count $plain)
    else if string match -q -- '--*=*' "$value"
        set value (string split -m 1 = -- $value)
        __gi_takes $value[1]
        set head $value[1]=
        set -e value[1]
    else if string match -qr -- '^-[^-].' "$value"
        __gi_short $value
        set head (string replace -r -- (string escape --style=regex -- \
            "$attached")'$' '' $value)
        set value $attached
    else if string match -q -- '-*' "$value"
        __gi_options
        return
    else
        __gi_takes (count $plain)
    end
    __gi_value
end

# What words of the line mean: the command, options, words of the command.
function __gi_read --no-scope-shadowing
    for word in $argv
        if test -n "$pending"
            set pending
        else if test -n "$literal"
            set -a plain $word
        else
            switch $word
                case --
                    set literal 1
                case '--*=*'
                    __gi_give (string split -m 1 = -- $word)[1]
                case '--*'
                    __gi_give $word
                    test "$takes" = switch; or set pending $word
                case -
                    set -a plain $word
                case '-*'
                    __gi_short $word
                    test "$takes" = switch -o -n "$attached"; or set pending $option
                case '*'
                    if test -z "$command"
                        set command $word
                    else if contains -- "$command" @GROUPS@
                        set command "$command $word"
                    else
                        set -a plain $word
                    end
            end
        end
    end
end

# Short options in one word: the first that takes a value, and the value behind it.
function __gi_short --no-scope-shadowing
    set attached (string sub -s 2 -- $argv[1])
    while test -n "$attached"
        set option -(string sub -l 1 -- $attached)
        set attached (string sub -s 2 -- $attached)
        __gi_give $option
        test "$takes" = switch; or return
    end
end

function __gi_give --no-scope-shadowing
    test $argv[1] = --offline; and set offline 1
    __gi_takes $argv[1]
    test -n "$repeats"; or set -a given $argv[1]
end

function __gi_options --no-scope-shadowing
    __gi_names
    for option in $choices
        set option (string split \t -- $option)
        set -l names (string split , -- $option[1])
        for name in $names
            contains -- $name $given; and set names
        end
        set -q names[1]; and printf '%s\n' $names\t$option[2]
    end
end

function __gi_value --no-scope-shadowing
    switch "$takes"
        case file folder
            __gi_paths
        case running id
            __gi_ids
        case @file
            if string match -q '@*' -- $value
                set head $head@
                set value (string sub -s 2 -- $value)
                __gi_paths
                return
            end
        case field
            if string match -q '*=@*' -- $value
                set value (string split -m 1 =@ -- $value)
                set head $head$value[1]=@
                set -e value[1]
                __gi_paths
            end
    end
    set -q choices[1]; and printf '%s\n' $head$choices
end

function __gi_paths --no-scope-shadowing
    set -l home (string match -r '^~/' -- $value)
    set value (string replace -r '^~/' '' -- $value)
    set -l found (complete -C "'' $home"(string escape -- $value))
    test $takes = folder; and set found (string match -r '^[^\t]*/(?:\t.*)?$' -- $found)
    set -q found[1]; and printf '%s\n' $head$found
end

# The ids that gi keeps beside its ledger.
function __gi_ids --no-scope-shadowing
    set -l ledger $XDG_STATE_HOME
    test -n "$ledger"; or set ledger $HOME/.local/state
    set ledger $ledger/gi/ledger.db
    test -z "$GI_LEDGER"; or set ledger $GI_LEDGER
    contains -- "$GI_OFFLINE" '' 0 false no off; or set offline 1
    test "$GI_LEDGER" != off -a -r $ledger.ids; or return
    while read -d \t -l id phase host about
        test $takes = id -o $phase = running; or continue
        test $host = offline; and set phase 1; or set phase ''
        test "$offline" = "$phase"; or continue
        contains -- $id $plain; or printf '%s\t%s\n' $id $about
    end <$ledger.ids
end
"""


def script() -> str:
    """The whole script."""
    groups = " ".join(name for name in commands() if name)
    engine = ENGINE.replace("@GROUPS@", groups)
    end = "complete -c gi -f -k -a '(__gi_complete)'\n"
    return "\n".join((engine, _names(), _takes(), end))


def _names() -> str:
    """The options of each command, the names of one joined by commas."""
    lines = ["function __gi_names --no-scope-shadowing"]
    for takers, taken in options().items():
        lines.append(f'    if contains -- "$command" {" ".join(map(quoted, takers))}')
        lines.append("        set -a choices \\")
        told = [f"{','.join(each.names)}\\t{quoted(each.help)}" for each in taken]
        lines.append(" \\\n".join(f"            {each}" for each in told))
        lines.append("    end")
    return "\n".join((*lines, "end", ""))


def _takes() -> str:
    """What a value or a word may be."""
    lines = ["# What the value of an option may be, or a word at a place."]
    lines += ["function __gi_takes --no-scope-shadowing"]
    lines += [f"    set {name}" for name in ("takes", "repeats", "choices")]
    lines += ['    switch "$command,$argv[1]"']
    for pattern, sets in _cases():
        lines.append(f"        case {pattern}")
        lines += [f"            {each}" for each in sets]
    return "\n".join((*lines, "    end", "end", ""))


def _cases() -> Iterator[tuple[str, list[str]]]:
    """Patterns, and what is set where one fits."""
    for value, pairs in values():
        yield " ".join(quoted(f"{c},{name}") for c, name in pairs), _sets(value)
    yield "'*,-*'", ["set takes switch"]
    for group, inner in commands().items():
        told = " ".join(f"{each}\\t{quoted(about)}" for each, about in inner.items())
        yield quoted(f"{group},0"), [f"set choices {told}"]
    for command, place, word in words():
        if word.takes or word.choices:
            at = "*" if word.repeats else place
            yield quoted(f"{command},{at}"), _sets(word)


def _sets(option: Option) -> list[str]:
    sets = [f"set takes {option.takes}"] if option.takes else []
    sets += ["set repeats 1"] if option.repeats else []
    return sets + ([f"set choices {_list(option.choices)}"] if option.choices else [])


def _list(values: Iterable[str]) -> str:
    return " ".join(map(quoted, values))


def quoted(text: str) -> str:
    """One word, in single quotes, where only they and backslashes are special."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
