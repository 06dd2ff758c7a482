# fish completion for gi, written by python -m gi_cli.docgen

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
                    else if contains -- "$command" files
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

function __gi_names --no-scope-shadowing
    if contains -- "$command" ''
        set -a choices \
            -V,--version\t'show the version'
    end
    if contains -- "$command" '' 'files' 'create' 'continue' 'research' 'image' 'get' 'wait' 'cancel' 'list' 'release' 'delete' 'render' 'files upload' 'files list' 'files get' 'files delete' 'request' 'emulator' 'doctor' 'help'
        set -a choices \
            -h,--help\t'show this help'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'image'
        set -a choices \
            -i,--input\t'file, URL, files/ID or - (;type=MIME after it)' \
            --inline\t'never upload, put files into the request' \
            --service-tier\t'standard (default), flex, priority or deferred' \
            --tool\t'google_search, url_context ..., or its JSON' \
            --mcp\t'an MCP server that the service calls' \
            --session\t'a conversation by name, for gi continue' \
            --save-events\t'also keep the stream\'s raw bytes in a file' \
            --no-stream\t'ask for the whole answer in one response' \
            --id-file\t'write the id to a file as soon as it is known'
    end
    if contains -- "$command" 'create' 'continue'
        set -a choices \
            -m,--model\t'default: gemini-3-flash-preview' \
            --schema\t'the answer is JSON that satisfies this' \
            --modality\t'text, image, audio or video; media are saved' \
            --voice\t'who reads it, for each speaker of a dialogue' \
            --background\t'let it go on when the connection breaks' \
            --detach\t'print the id and end, with --background'
    end
    if contains -- "$command" 'create' 'continue' 'image'
        set -a choices \
            --agent\t'an agent instead of a model' \
            -s,--system\t'the system instruction' \
            --store,--no-store\t'whether the service keeps it (default: yes)' \
            --thinking\t'how much: minimal, low, medium or high' \
            --thoughts\t'ask for thought summaries, show them on stderr' \
            --max-output-tokens\t'cut the answer there' \
            --temperature\t'the sampling temperature' \
            --seed\t'the sampling seed' \
            --function\t'declare a function, or a list of them' \
            --tool-choice\t'auto, any, none, validated or allowed_tools' \
            --exec\t'answer calls of NAME; arguments come on stdin' \
            --tools-dir\t'declare each NAME.json, run the NAME beside it' \
            --confirm,--no-confirm\t'ask before each (default: for --tools-dir)' \
            --no-input\t'never ask on the terminal' \
            --max-rounds\t'most rounds of calls and answers (default: 16)' \
            --call-timeout\t'for each command (default: 60s)' \
            --call-output-limit\t'most that a command may print (default: 1M)' \
            --call-jobs\t'commands at once (default: 1)' \
            --transcript\t'keep the steps in a file, send them from there'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'image' 'request'
        set -a choices \
            -F,--field\t'a field: true, 1, null, JSON, @FILE or text' \
            -f,--raw-field\t'a field that is text, as it stands' \
            --body\t'a whole body, which all else is merged onto'
    end
    if contains -- "$command" 'create' 'continue' 'get' 'wait' 'render'
        set -a choices \
            -x,--extract\t'only the first fenced code block of the text'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'get' 'wait' 'render'
        set -a choices \
            --citations\t'mark citations in the text, with footnotes'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'image' 'get' 'wait' 'render'
        set -a choices \
            --media-dir\t'save images, audio and other media there' \
            --usage\t'show the token counts on stderr at the end' \
            --format\t'text (default), ndjson, json or sse' \
            --ndjson\t'short for --format ndjson' \
            --json\t'short for --format json' \
            --sse\t'short for --format sse'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'get' 'wait' 'render' 'request'
        set -a choices \
            -o,--out\t'write to a file, replaced as a whole at the end'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'image' 'get' 'wait' 'render' 'request'
        set -a choices \
            --no-clobber\t'refuse to replace an existing file'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'image' 'get' 'wait' 'cancel' 'list' 'release' 'delete' 'render' 'files upload' 'files list' 'files get' 'files delete' 'request' 'emulator' 'doctor'
        set -a choices \
            -q,--quiet\t'only errors on stderr' \
            --error-format\t'errors on stderr as text (default) or json'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'image' 'get' 'wait' 'cancel' 'list' 'release' 'delete' 'render' 'files upload' 'files list' 'files get' 'files delete' 'request' 'doctor'
        set -a choices \
            -v,--verbose\t'requests and responses on stderr'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'image' 'get' 'wait' 'cancel' 'list' 'release' 'delete' 'files upload' 'files list' 'files get' 'files delete' 'request' 'doctor'
        set -a choices \
            --base-url\t'another service than Google\'s' \
            --api-version\t'v1beta (default) or v1' \
            --api-key-file\t'read the API key from a file' \
            --connect-timeout\t'to connect (default: 10s)' \
            -H,--header\t'send this header too' \
            --ca-file\t'more certificates to trust, in PEM form' \
            --offline\t'use the built-in emulator, free'
    end
    if contains -- "$command" 'create' 'continue' 'image' 'get' 'cancel' 'list' 'release' 'delete' 'files upload' 'files list' 'files get' 'files delete' 'request'
        set -a choices \
            --timeout\t'for the whole command (default: 10m)' \
            --idle-timeout\t'longest time without an event (default: 300s)'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'image' 'get' 'wait' 'cancel' 'list' 'release' 'delete' 'files upload' 'files list' 'files get' 'files delete' 'request'
        set -a choices \
            --retries\t'tries after one that did not land (default: 4)' \
            --max-retry-wait\t'longest wait before a retry (default: 120s)'
    end
    if contains -- "$command" 'create' 'continue' 'research' 'image' 'get' 'wait' 'cancel' 'delete' 'files upload' 'files list' 'files get' 'files delete' 'request'
        set -a choices \
            --dry-run\t'print the request as JSON and send nothing' \
            --curl\t'print a curl command and send nothing'
    end
    if contains -- "$command" 'continue'
        set -a choices \
            --id\t'go on from this interaction' \
            --last\t'go on from the newest turn of any terminal' \
            --result\t'the result of a call left unanswered' \
            --results\t'results that gi has kept, - is stdin' \
            --no-inherit\t'repeat no model, tools or settings of that turn'
    end
    if contains -- "$command" 'research'
        set -a choices \
            --agent\t'max, or a name (default: deep-research-preview-04-2026)' \
            --thoughts\t'show thought summaries on stderr' \
            --detach\t'print the id as soon as it is known, and end' \
            --once\t'start it once; KEY may hold {date} {hour} {week} {month}' \
            --sources\t'write what is cited: number, title, URL, bytes of the text'
    end
    if contains -- "$command" 'research' 'wait'
        set -a choices \
            --timeout\t'for the whole command (default: 70m)' \
            --idle-timeout\t'longest time without an event (default: 60s)'
    end
    if contains -- "$command" 'image'
        set -a choices \
            -m,--model\t'default: gemini-3.1-flash-image' \
            --aspect-ratio\t'1:1, 3:2, 16:9 ...' \
            --size\t'512, 1K (default), 2K or 4K' \
            --count\t'ask so often, one after another' \
            --text\t'a text with pictures in it, as Markdown on stdout' \
            -o,--out\t'a file, DIR/, a name with {n} and {ext}, or -' \
            -0,--null\t'end each path with NUL, for xargs -0'
    end
    if contains -- "$command" 'list'
        set -a choices \
            --status\t'only those with this status' \
            --refresh\t'ask the service how unfinished ones stand' \
            --prune\t'drop what the service no longer keeps' \
            --claims\t'what --once has claimed, in place of turns'
    end
    if contains -- "$command" 'list' 'files upload' 'files list'
        set -a choices \
            --ndjson\t'one JSON object per line' \
            --json\t'one JSON list'
    end
    if contains -- "$command" 'release'
        set -a choices \
            --yes\t'release it without asking'
    end
    if contains -- "$command" 'emulator'
        set -a choices \
            --port\t'a port of its own (default: a free one)' \
            --host\t'an address here (default: 127.0.0.1)' \
            --allow-remote\t'let --host be reached by other machines' \
            --state\t'keep interactions there (default: in memory)' \
            --fault\t'what goes wrong: status=503, times=1' \
            --replay\t'answer the next create from a saved stream' \
            --require-key\t'refuse requests without an API key' \
            --log\t'add a line of JSON for each request, - is stderr'
    end
    if contains -- "$command" 'doctor'
        set -a choices \
            --json\t'one JSON document' \
            --timeout\t'for the whole command (default: 60s)' \
            --idle-timeout\t'longest time without an event (default: 30s)'
    end
end

# What the value of an option may be, or a word at a place.
function __gi_takes --no-scope-shadowing
    set takes
    set repeats
    set choices
    switch "$command,$argv[1]"
        case 'research,--agent'
            set choices 'max' 'deep-research-preview-04-2026' 'deep-research-max-preview-04-2026'
        case 'image,-m' 'image,--model'
            set choices 'gemini-3.1-flash-image' 'gemini-3.1-flash-lite-image' 'gemini-3-pro-image' 'gemini-2.5-flash-image'
        case '*,-i' '*,--input' '*,--replay'
            set takes file
            set repeats 1
        case '*,--service-tier'
            set choices 'standard' 'flex' 'priority' 'deferred'
        case '*,--tool'
            set takes @file
            set repeats 1
            set choices 'google_search' 'url_context' 'code_execution' 'google_maps' 'computer_use' 'file_search'
        case '*,--mcp' '*,--exec' '*,-H' '*,--header' '*,--fault'
            set repeats 1
        case '*,--session' '*,--max-output-tokens' '*,--temperature' '*,--seed' '*,--max-rounds' '*,--call-timeout' '*,--call-output-limit' '*,--call-jobs' '*,--base-url' '*,--connect-timeout' '*,--timeout' '*,--idle-timeout' '*,--retries' '*,--max-retry-wait' '*,--once' '*,--count' '*,--port' '*,--host'
        case '*,--save-events' '*,--id-file' '*,--transcript' '*,-o' '*,--out' '*,--api-key-file' '*,--ca-file' '*,--results' '*,--sources' '*,--state' '*,--log'
            set takes file
        case '*,-m' '*,--model'
            set choices 'gemini-3.8-flash' 'gemini-3.7-flash' 'gemini-3.6-flash' 'gemini-3.5-flash' 'gemini-3.5-flash-lite' 'gemini-3.1-pro-preview' 'gemini-3.1-flash-lite' 'gemini-3-flash-preview' 'gemini-4-argon' 'gemini-4-carbon' 'gemini-4-hydrogen' 'gemini-2.5-pro' 'gemini-2.5-flash' 'gemini-flash-latest' 'gemini-flash-lite-latest' 'gemini-pro-latest' 'gemini-3.8-flash-tts' 'gemini-3.8-flash-lite-tts' 'lyria-3.5' 'gemini-omni-1.2-flash'
        case '*,--schema' '*,-s' '*,--system' '*,--body'
            set takes @file
        case '*,--modality'
            set repeats 1
            set choices 'text' 'image' 'audio' 'video'
        case '*,--voice'
            set repeats 1
            set choices 'Aoede' 'Charon' 'Fenrir' 'Kore' 'Leda' 'Orus' 'Puck' 'Zephyr'
        case '*,--agent'
            set choices 'deep-research-preview-04-2026' 'deep-research-max-preview-04-2026' 'antigravity-preview-09-2026'
        case '*,--thinking'
            set choices 'minimal' 'low' 'medium' 'high'
        case '*,--function'
            set takes @file
            set repeats 1
        case '*,--tool-choice'
            set takes @file
            set choices 'auto' 'any' 'none' 'validated'
        case '*,--tools-dir' '*,--media-dir'
            set takes folder
        case '*,-F' '*,--field' '*,-f' '*,--raw-field' '*,--result'
            set takes field
            set repeats 1
        case '*,--format'
            set choices 'text' 'ndjson' 'json' 'sse'
        case '*,--error-format'
            set choices 'text' 'json'
        case '*,--api-version'
            set choices 'v1beta' 'v1'
        case '*,--id'
            set takes id
        case '*,--aspect-ratio'
            set choices '1:1' '2:3' '3:2' '3:4' '4:3' '4:5' '5:4' '9:16' '16:9' '21:9' '1:4' '4:1' '1:8' '8:1'
        case '*,--size'
            set choices '512' '1K' '2K' '4K'
        case '*,--status'
            set choices 'queued' 'in_progress' 'requires_action' 'completed' 'incomplete' 'failed' 'cancelled' 'budget_exceeded' 'gone' 'not_stored' 'sending'
        case '*,-*'
            set takes switch
        case ',0'
            set choices create\t'Ask a model or an agent, and stream the answer' continue\t'Go on with a conversation' research\t'Run Deep Research to its end, and deliver the report' image\t'Generate or edit pictures, and write them to files' get\t'Show an interaction as it is now, in any format' wait\t'Follow running interactions to their end, from any machine' cancel\t'Stop interactions that run in the background' list\t'List the interactions that were started here' release\t'Free a KEY of --once, so that the next run starts anew' delete\t'Delete interactions from the service' render\t'Show a saved stream in any format' files\t'Upload files, see and delete those that are kept for 48 hours' request\t'Send a request to any endpoint, print what comes back' emulator\t'Serve the API\'s wire format on this machine, for tests' doctor\t'Tell what is in force and what is wrong, with remedies' help\t'Tell about exit codes, formats, fields, and more'
        case 'files,0'
            set choices upload\t'Upload files, and print their names' list\t'List the files that the service keeps' get\t'Show what the service knows of a file, as JSON' delete\t'Delete files from the service'
        case 'get,0'
            set takes id
        case 'wait,*'
            set takes running
            set repeats 1
        case 'cancel,*'
            set takes running
            set repeats 1
        case 'delete,*'
            set takes id
            set repeats 1
        case 'render,0'
            set takes file
        case 'files upload,*'
            set takes file
            set repeats 1
        case 'request,0'
            set choices 'GET' 'POST' 'PATCH' 'DELETE'
        case 'request,1'
            set choices 'models' 'agents' 'environments' 'webhooks' 'interactions' 'files'
        case 'help,0'
            set choices 'exit-codes' 'formats' 'fields' 'environment' 'completions' 'create' 'continue' 'research' 'image' 'get' 'wait' 'cancel' 'list' 'release' 'delete' 'render' 'files' 'request' 'emulator' 'doctor' 'help'
    end
end

complete -c gi -f -k -a '(__gi_complete)'
