# bash completion for gi, written by python -m gi_cli.docgen

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
        elif [[ $command == files ]]; then
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

# The options of a command, the names of one joined by commas.
_gi_names() {
    choices=()
    case $command in '') choices+=(-V,--version) ;; esac
    case $command in '' | files | create | continue | research | image | get | wait | cancel | list | release | delete | render | 'files upload' | 'files list' | 'files get' | 'files delete' | request | emulator | doctor | help) choices+=(-h,--help) ;; esac
    case $command in create | continue | research | image) choices+=(-i,--input --inline --service-tier --tool --mcp --session --save-events --no-stream --id-file) ;; esac
    case $command in create | continue) choices+=(-m,--model --schema --modality --voice --background --detach) ;; esac
    case $command in create | continue | image) choices+=(--agent -s,--system --store,--no-store --thinking --thoughts --max-output-tokens --temperature --seed --function --tool-choice --exec --tools-dir --confirm,--no-confirm --no-input --max-rounds --call-timeout --call-output-limit --call-jobs --transcript) ;; esac
    case $command in create | continue | research | image | request) choices+=(-F,--field -f,--raw-field --body) ;; esac
    case $command in create | continue | get | wait | render) choices+=(-x,--extract) ;; esac
    case $command in create | continue | research | get | wait | render) choices+=(--citations) ;; esac
    case $command in create | continue | research | image | get | wait | render) choices+=(--media-dir --usage --format --ndjson --json --sse) ;; esac
    case $command in create | continue | research | get | wait | render | request) choices+=(-o,--out) ;; esac
    case $command in create | continue | research | image | get | wait | render | request) choices+=(--no-clobber) ;; esac
    case $command in create | continue | research | image | get | wait | cancel | list | release | delete | render | 'files upload' | 'files list' | 'files get' | 'files delete' | request | emulator | doctor) choices+=(-q,--quiet --error-format) ;; esac
    case $command in create | continue | research | image | get | wait | cancel | list | release | delete | render | 'files upload' | 'files list' | 'files get' | 'files delete' | request | doctor) choices+=(-v,--verbose) ;; esac
    case $command in create | continue | research | image | get | wait | cancel | list | release | delete | 'files upload' | 'files list' | 'files get' | 'files delete' | request | doctor) choices+=(--base-url --api-version --api-key-file --connect-timeout -H,--header --ca-file --offline) ;; esac
    case $command in create | continue | image | get | cancel | list | release | delete | 'files upload' | 'files list' | 'files get' | 'files delete' | request) choices+=(--timeout --idle-timeout) ;; esac
    case $command in create | continue | research | image | get | wait | cancel | list | release | delete | 'files upload' | 'files list' | 'files get' | 'files delete' | request) choices+=(--retries --max-retry-wait) ;; esac
    case $command in create | continue | research | image | get | wait | cancel | delete | 'files upload' | 'files list' | 'files get' | 'files delete' | request) choices+=(--dry-run --curl) ;; esac
    case $command in continue) choices+=(--id --last --result --results --no-inherit) ;; esac
    case $command in research) choices+=(--agent --thoughts --detach --once --sources) ;; esac
    case $command in research | wait) choices+=(--timeout --idle-timeout) ;; esac
    case $command in image) choices+=(-m,--model --aspect-ratio --size --count --text -o,--out -0,--null) ;; esac
    case $command in list) choices+=(--status --refresh --prune --claims) ;; esac
    case $command in list | 'files upload' | 'files list') choices+=(--ndjson --json) ;; esac
    case $command in release) choices+=(--yes) ;; esac
    case $command in emulator) choices+=(--port --host --allow-remote --state --fault --replay --require-key --log) ;; esac
    case $command in doctor) choices+=(--json --timeout --idle-timeout) ;; esac
}

# What the value of an option may be, or a word at a place.
_gi_takes() {
    takes= repeats= choices=()
    case $command,$1 in
    '',0) choices=(create continue research image get wait cancel list release delete render files request emulator doctor help) ;;
    files,0) choices=(upload list get delete) ;;
    get,0) takes=id ;;
    wait,[0-9]*) takes=running repeats=1 ;;
    cancel,[0-9]*) takes=running repeats=1 ;;
    delete,[0-9]*) takes=id repeats=1 ;;
    render,0) takes=file ;;
    'files upload',[0-9]*) takes=file repeats=1 ;;
    request,0) choices=(GET POST PATCH DELETE) ;;
    request,1) choices=(models agents environments webhooks interactions files) ;;
    help,0) choices=(exit-codes formats fields environment completions create continue research image get wait cancel list release delete render files request emulator doctor help) ;;
    *,'>') takes=file ;;
    research,--agent) choices=(max deep-research-preview-04-2026 deep-research-max-preview-04-2026) ;;
    image,-m | image,--model) choices=(gemini-3.1-flash-image gemini-3.1-flash-lite-image gemini-3-pro-image gemini-2.5-flash-image) ;;
    *,-i | *,--input | *,--replay) takes=file repeats=1 ;;
    *,--service-tier) choices=(standard flex priority deferred) ;;
    *,--tool) takes=@file repeats=1 choices=(google_search url_context code_execution google_maps computer_use file_search) ;;
    *,--mcp | *,--exec | *,-H | *,--header | *,--fault) repeats=1 ;;
    *,--session | *,--max-output-tokens | *,--temperature | *,--seed | *,--max-rounds | *,--call-timeout | *,--call-output-limit | *,--call-jobs | *,--base-url | *,--connect-timeout | *,--timeout | *,--idle-timeout | *,--retries | *,--max-retry-wait | *,--once | *,--count | *,--port | *,--host) : ;;
    *,--save-events | *,--id-file | *,--transcript | *,-o | *,--out | *,--api-key-file | *,--ca-file | *,--results | *,--sources | *,--state | *,--log) takes=file ;;
    *,-m | *,--model) choices=(gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-carbon gemini-4-hydrogen gemini-2.5-pro gemini-2.5-flash gemini-flash-latest gemini-flash-lite-latest gemini-pro-latest gemini-3.8-flash-tts gemini-3.8-flash-lite-tts lyria-3.5 gemini-omni-1.2-flash) ;;
    *,--schema | *,-s | *,--system | *,--body) takes=@file ;;
    *,--modality) repeats=1 choices=(text image audio video) ;;
    *,--voice) repeats=1 choices=(Aoede Charon Fenrir Kore Leda Orus Puck Zephyr) ;;
    *,--agent) choices=(deep-research-preview-04-2026 deep-research-max-preview-04-2026 antigravity-preview-09-2026) ;;
    *,--thinking) choices=(minimal low medium high) ;;
    *,--function) takes=@file repeats=1 ;;
    *,--tool-choice) takes=@file choices=(auto any none validated) ;;
    *,--tools-dir | *,--media-dir) takes=folder ;;
    *,-F | *,--field | *,-f | *,--raw-field | *,--result) takes=field repeats=1 ;;
    *,--format) choices=(text ndjson json sse) ;;
    *,--error-format) choices=(text json) ;;
    *,--api-version) choices=(v1beta v1) ;;
    *,--id) takes=id ;;
    *,--aspect-ratio) choices=(1:1 2:3 3:2 3:4 4:3 4:5 5:4 9:16 16:9 21:9 1:4 4:1 1:8 8:1) ;;
    *,--size) choices=(512 1K 2K 4K) ;;
    *,--status) choices=(queued in_progress requires_action completed incomplete failed cancelled budget_exceeded gone not_stored sending) ;;
    *,-*) takes=switch ;;
    esac
}

complete -F _gi gi
