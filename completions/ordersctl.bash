# bash completion for ordersctl, made by: ordersctl completion bash
_ordersctl_live() {
  mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" "${config[@]}" __complete "$1" ${option:+"$option"}"$current" 2>/dev/null)
  COMPREPLY=("${COMPREPLY[@]#"$option"}")
  [[ ${COMPREPLY[*]} == *= ]] && compopt -o nospace
}
_ordersctl() {
  local current=${COMP_WORDS[COMP_CWORD]} previous at='' words='' option='' i
  local -a config=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --config|--set|--output|--customer|--item|--file|--batch|--idempotency-key|--wait|--status|--after|--limit|--since|--timeout|--source|--format|--scratch|--partition|--side|--expect|--junit|--to|--topic|--view|--from|--isolation|--key-filter|--into|--partitioning|--timestamps|--rate|--name|--with|--ignore|--reason|--key|--until|--by|--to-topic|--to-file|--edit-command|--partitions|--replication-factor|--interval|--count|--for|--principal|--sample|--payment-reject|--stock-reject|--seed|--delay|--idle|--make|--verify-timeout|--instance) previous=${COMP_WORDS[i]}; [[ ${COMP_WORDS[i+1]} == '=' ]] && ((i++)); ((i++))
        [[ $previous == --config ]] && ((i < COMP_CWORD)) && config=(--config "${COMP_WORDS[i]}") ;;
      -*) ;;
      *) case "$at ${COMP_WORDS[i]}" in " order"|" order create"|" order get"|" order list"|" order count"|" order trace"|" state"|" state get"|" state list"|" state count"|" state stats"|" state export"|" state verify"|" join"|" join list"|" join export"|" replay"|" replay local"|" replay reset"|" replay capture"|" replay topics"|" replay compare"|" dlq"|" dlq list"|" dlq show"|" dlq drain"|" topics"|" topics create"|" topics check"|" db"|" db migrate"|" db status"|" config"|" config check"|" config show"|" config schema"|" config example"|" status"|" lag"|" log-level"|" topology"|" doctor"|" simulate"|" completion"|" completion bash"|" completion zsh"|" completion fish") at+=" ${COMP_WORDS[i]}" ;; esac ;;
    esac
  done
  previous=${COMP_WORDS[COMP_CWORD-1]}
  if [[ $current == '=' ]]; then current=''; elif [[ $previous == '=' ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
  for i in 2 3; do
    ((COMP_CWORD > i)) || break
    [[ ${COMP_WORDS[COMP_CWORD-i]} == --set && ${COMP_WORDS[COMP_CWORD-i+2]} == '=' ]] || continue
    previous=--set option="${COMP_WORDS[COMP_CWORD-i+1]}="
  done
  COMPREPLY=()
  case $previous in
    --config|--file|--batch|--expect|--junit|--to-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --output) mapfile -t COMPREPLY < <(compgen -W 'table json ndjson' -- "$current"); return ;;
    --status) mapfile -t COMPREPLY < <(compgen -W 'NEW CONFIRMED REJECTED ROLLBACK' -- "$current"); return ;;
    --set) _ordersctl_live options; return ;;
    --topic) _ordersctl_live topics; return ;;
    --with) _ordersctl_live topics; return ;;
    --reason) _ordersctl_live reasons; return ;;
    --to-topic) _ordersctl_live topics; return ;;
    --customer|--item|--idempotency-key|--wait|--after|--limit|--since|--timeout|--source|--format|--scratch|--partition|--side|--to|--view|--from|--isolation|--key-filter|--into|--partitioning|--timestamps|--rate|--name|--ignore|--key|--until|--by|--edit-command|--partitions|--replication-factor|--interval|--count|--for|--principal|--sample|--payment-reject|--stock-reject|--seed|--delay|--idle|--make|--verify-timeout|--instance) return ;;
  esac
  case $at in
    '') words='order state join replay dlq topics db config status lag log-level topology doctor simulate completion -h --help --version --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' order') words='create get list count trace -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' order create') words='-h --help --customer --item --file --batch --idempotency-key --wait --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' order get') words='-h --help --config --set --output --no-color -q --quiet -v --verbose'; if [[ $current != -* ]]; then _ordersctl_live orders; ((${#COMPREPLY[@]})) && return; fi ;;
    ' order list') words='-h --help --status --customer --after --limit --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' order count') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' order trace') words='-h --help --since --all-partitions --timeout --config --set --output --no-color -q --quiet -v --verbose'; if [[ $current != -* ]]; then _ordersctl_live orders; ((${#COMPREPLY[@]})) && return; fi ;;
    ' state') words='get list count stats export verify -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' state get') words='-h --help --offline --config --set --output --no-color -q --quiet -v --verbose'; if [[ $current != -* ]]; then _ordersctl_live orders; ((${#COMPREPLY[@]})) && return; fi ;;
    ' state list') words='-h --help --after --limit --status --customer --source --since --offline --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' state count') words='-h --help --status --customer --source --since --timeout --offline --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' state stats') words='-h --help --against-ends --offline --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' state export') words='-h --help --format --file --status --customer --source --since --offline --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' state verify') words='-h --help --against-ends --against-topic --scratch --timeout --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' join') words='list export -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' join list') words='-h --help --partition --side --after --limit --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' join export') words='-h --help --force --wait --timeout --config --set --output --no-color -q --quiet -v --verbose'; if [[ $current != -* ]]; then compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; fi ;;
    ' replay') words='local reset capture topics compare -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' replay local') words='-h --help --expect --update --junit --config --set --output --no-color -q --quiet -v --verbose'; if [[ $current != -* ]]; then compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; fi ;;
    ' replay reset') words='-h --help --to --accept-gap --forget-results --partition --topic --view --execute --wait --timeout --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' replay capture') words='-h --help --topic --partition --from --to --isolation --key-filter --timeout --limit --force --config --set --output --no-color -q --quiet -v --verbose'; if [[ $current != -* ]]; then compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; fi ;;
    ' replay topics') words='-h --help --topic --partition --from --to --isolation --key-filter --timeout --into --into-live --partitioning --timestamps --rate --name --resume --execute --config --set --output --no-color -q --quiet -v --verbose'; if [[ $current != -* ]]; then compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; fi ;;
    ' replay compare') words='-h --help --with --ignore --topic --partition --from --to --isolation --key-filter --timeout --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' dlq') words='list show drain -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' dlq list') words='-h --help --reason --topic --key --since --until --timeout --by --letters --limit --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' dlq show') words='-h --help --reason --topic --key --since --until --timeout --limit --config --set --output --no-color -q --quiet -v --verbose'; if [[ $current != -* ]]; then _ordersctl_live orders; ((${#COMPREPLY[@]})) && return; fi ;;
    ' dlq drain') words='-h --help --reason --topic --key --since --until --timeout --to-topic --to-file --edit-command --limit --rate --execute --config --set --output --no-color -q --quiet -v --verbose'; if [[ $current != -* ]]; then _ordersctl_live orders; ((${#COMPREPLY[@]})) && return; fi ;;
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
    ' status') words='-h --help --watch --interval --count --timeout --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' lag') words='-h --help --watch --interval --count --timeout --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' log-level') words='-h --help --for --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' topology') words='-h --help --format --offline --timeout --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' doctor') words='-h --help --acls --principal --sample --timeout --wait --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' simulate') words='-h --help --payment-reject --stock-reject --seed --delay --count --idle --make --rate --verify --verify-timeout --instance --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' completion') words='bash zsh fish -h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' completion bash') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' completion zsh') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
    ' completion fish') words='-h --help --config --set --output --no-color -q --quiet -v --verbose' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _ordersctl ordersctl
