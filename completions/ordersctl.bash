# bash completion for ordersctl, made by: ordersctl completion bash
_ordersctl() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} at='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --config|--set|--output|--customer|--item|--file|--batch|--idempotency-key|--wait|--status|--after|--limit|--timeout|--expect|--partitions|--replication-factor|--payment-reject|--stock-reject|--seed|--delay|--count|--idle|--make|--rate|--verify-timeout|--instance) [[ ${COMP_WORDS[i+1]} == '=' ]] && ((i++)); ((i++)) ;;
      -*) ;;
      *) case "$at ${COMP_WORDS[i]}" in " order"|" order create"|" order get"|" order list"|" order count"|" state"|" state get"|" state list"|" state count"|" state verify"|" replay"|" replay local"|" topics"|" topics create"|" topics check"|" db"|" db migrate"|" db status"|" config"|" config check"|" config show"|" config schema"|" config example"|" status"|" simulate"|" completion"|" completion bash"|" completion zsh"|" completion fish") at+=" ${COMP_WORDS[i]}" ;; esac ;;
    esac
  done
  if [[ $current == '=' ]]; then current=''; elif [[ $previous == '=' ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
  COMPREPLY=()
  case $previous in
    --config|--file|--batch|--expect) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --output) mapfile -t COMPREPLY < <(compgen -W 'table json ndjson' -- "$current"); return ;;
    --status) mapfile -t COMPREPLY < <(compgen -W 'NEW CONFIRMED REJECTED ROLLBACK' -- "$current"); return ;;
    --set|--customer|--item|--idempotency-key|--wait|--after|--limit|--timeout|--partitions|--replication-factor|--payment-reject|--stock-reject|--seed|--delay|--count|--idle|--make|--rate|--verify-timeout|--instance) return ;;
  esac
  case $at in
    '') words='order state replay topics db config status simulate completion -h --help --version --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' order') words='create get list count -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' order create') words='-h --help --customer --item --file --batch --idempotency-key --wait --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' order get') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' order list') words='-h --help --status --customer --after --limit --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' order count') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' state') words='get list count verify -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' state get') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' state list') words='-h --help --after --limit --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' state count') words='-h --help --timeout --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' state verify') words='-h --help --against-ends --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' replay') words='local -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' replay local') words='-h --help --expect --config --set --output --no-color -q --quiet -v --verbose'; if [[ $current != -* ]]; then compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; fi ;;
    ' topics') words='create check -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' topics create') words='-h --help --partitions --replication-factor --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' topics check') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' db') words='migrate status -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' db migrate') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' db status') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' config') words='check show schema example -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' config check') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' config show') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' config schema') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' config example') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' status') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' simulate') words='-h --help --payment-reject --stock-reject --seed --delay --count --idle --make --rate --verify --verify-timeout --instance --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' completion') words='bash zsh fish -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' completion bash') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' completion zsh') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' completion fish') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _ordersctl ordersctl
