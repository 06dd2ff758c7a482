# What bash does at TAB: load the completions, once, and ask for `gi create --form`.
if [ "$1" ]; then
  . "$1"
  COMP_LINE='gi create --form' COMP_POINT=16 COMP_WORDS=(gi create --form) COMP_CWORD=2
  set -- $(complete -p gi)
  while [ "$1" != -F ]; do shift; done
  "$2" gi --form create
  echo "${COMPREPLY[@]}"
fi
