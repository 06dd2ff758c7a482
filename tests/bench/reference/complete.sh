# What bash does at TAB: load the completions, once, and ask for `gi create --form`.
if [ "$1" ]; then
  . "$1"
  COMP_LINE='gi create --form' COMP_POINT=16 COMP_WORDS=(gi create --form) COMP_CWORD=2
  [[ $(complete -p gi) =~ -F\ ([^ ]+) ]] && "${BASH_REMATCH[1]}" gi --form create
  echo "${COMPREPLY[@]}"
fi
