# fish completion for ordersctl, made by: ordersctl completion fish
function __ordersctl_at
    set -l at ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --config --set --output --customer --item --file --batch --idempotency-key --wait --status --after --limit --timeout --expect --partitions --replication-factor --payment-reject --stock-reject --seed --delay --count --idle --make --rate --verify-timeout --instance
                set skip 1
            case '-*'
            case '*'
                contains -- "$at $word" ' order' ' order create' ' order get' ' order list' ' order count' ' state' ' state get' ' state list' ' state count' ' state verify' ' replay' ' replay local' ' topics' ' topics create' ' topics check' ' db' ' db migrate' ' db status' ' config' ' config check' ' config show' ' config schema' ' config example' ' status' ' simulate' ' completion' ' completion bash' ' completion zsh' ' completion fish'; and set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c ordersctl -f
complete -c ordersctl -n "__ordersctl_at ''" -a order -d 'Create orders and look at them'
complete -c ordersctl -n "__ordersctl_at ''" -a state -d 'The table'
complete -c ordersctl -n "__ordersctl_at ''" -a replay -d 'Captures of the topics, and the join run on them'
complete -c ordersctl -n "__ordersctl_at ''" -a topics -d 'The topics, their partition counts and policies'
complete -c ordersctl -n "__ordersctl_at ''" -a db -d 'The database\'s schema'
complete -c ordersctl -n "__ordersctl_at ''" -a config -d 'The configuration, checked and shown'
complete -c ordersctl -n "__ordersctl_at ''" -a status -d 'The running daemon'
complete -c ordersctl -n "__ordersctl_at ''" -a simulate -d 'Stand in for payment and inventory'
complete -c ordersctl -n "__ordersctl_at ''" -a completion -d 'Print the completion script of a shell'
complete -c ordersctl -s h -l help -d 'Print this help and exit'
complete -c ordersctl -l version -d 'Print the version and exit'
complete -c ordersctl -l config -r -F -d 'The configuration file'
complete -c ordersctl -l set -x -d 'Override an option'
complete -c ordersctl -l output -x -a 'table json ndjson' -d 'table (default), json or ndjson'
complete -c ordersctl -l no-color -d 'No colour, as with NO_COLOR in the environment'
complete -c ordersctl -s q -l quiet -d 'Nothing but results and errors'
complete -c ordersctl -s v -l verbose -d 'Tell more of what is done, on standard error'
complete -c ordersctl -n "__ordersctl_at ' order'" -a create -d 'Create orders, through the daemon'
complete -c ordersctl -n "__ordersctl_at ' order'" -a get -d 'One order as it stands in the database'
complete -c ordersctl -n "__ordersctl_at ' order'" -a list -d 'Orders in the database, in the order of their ids'
complete -c ordersctl -n "__ordersctl_at ' order'" -a count -d 'How many orders of each status the database has'
complete -c ordersctl -n "__ordersctl_at ' order create'" -l customer -x -d 'Who orders'
complete -c ordersctl -n "__ordersctl_at ' order create'" -l item -x -d 'What is ordered'
complete -c ordersctl -n "__ordersctl_at ' order create'" -l file -r -F -d 'One order as JSON {customerId, items}'
complete -c ordersctl -n "__ordersctl_at ' order create'" -l batch -r -F -d 'Many orders, one JSON object a line'
complete -c ordersctl -n "__ordersctl_at ' order create'" -l idempotency-key -x -d 'What makes a repeated command harmless'
complete -c ordersctl -n "__ordersctl_at ' order create'" -l wait -x -d 'Go on trying for so long while the daemon or its database is away'
complete -c ordersctl -n "__ordersctl_at ' order list'" -l status -x -a 'NEW CONFIRMED REJECTED ROLLBACK' -d 'Only those of this status'
complete -c ordersctl -n "__ordersctl_at ' order list'" -l customer -x -d 'Only those of this customer'
complete -c ordersctl -n "__ordersctl_at ' order list'" -l after -x -d 'Only ids above this one'
complete -c ordersctl -n "__ordersctl_at ' order list'" -l limit -x -d 'At most so many (100)'
complete -c ordersctl -n "__ordersctl_at ' state'" -a get -d 'The newest record of one order, byte for byte'
complete -c ordersctl -n "__ordersctl_at ' state'" -a list -d 'The table\'s rows, in the order of their keys'
complete -c ordersctl -n "__ordersctl_at ' state'" -a count -d 'How many orders the table has'
complete -c ordersctl -n "__ordersctl_at ' state'" -a verify -d 'Check the state\'s files, without the daemon'
complete -c ordersctl -n "__ordersctl_at ' state list'" -l after -x -d 'Only keys above this one'
complete -c ordersctl -n "__ordersctl_at ' state list'" -l limit -x -d 'At most so many (100)'
complete -c ordersctl -n "__ordersctl_at ' state count'" -l timeout -x -d 'How long to wait for the answer (PT10M)'
complete -c ordersctl -n "__ordersctl_at ' state verify'" -l against-ends -d 'Compare the positions with where the topics end, too'
complete -c ordersctl -n "__ordersctl_at ' replay'" -a local -d 'A capture file through the join in this process'
complete -c ordersctl -n "__ordersctl_at ' replay local'" -F
complete -c ordersctl -n "__ordersctl_at ' replay local'" -l expect -r -F -d 'Compare what is produced with this capture'
complete -c ordersctl -n "__ordersctl_at ' topics'" -a create -d 'Create the topics that are missing'
complete -c ordersctl -n "__ordersctl_at ' topics'" -a check -d 'Check counts and policies of the topics'
complete -c ordersctl -n "__ordersctl_at ' topics create'" -l partitions -x -d 'Partitions of each'
complete -c ordersctl -n "__ordersctl_at ' topics create'" -l replication-factor -x -d 'Copies of each'
complete -c ordersctl -n "__ordersctl_at ' db'" -a migrate -d 'Bring the schema up to date, one transaction a version'
complete -c ordersctl -n "__ordersctl_at ' db'" -a status -d 'Show the schema\'s version against the one needed'
complete -c ordersctl -n "__ordersctl_at ' config'" -a check -d 'Check file, environment and --set'
complete -c ordersctl -n "__ordersctl_at ' config'" -a show -d 'Print the effective values, secrets masked'
complete -c ordersctl -n "__ordersctl_at ' config'" -a schema -d 'Print every option with its text, as JSON Schema'
complete -c ordersctl -n "__ordersctl_at ' config'" -a example -d 'Print a configuration file with every default and its text'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l payment-reject -x -d 'How many orders payment rejects (0)'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l stock-reject -x -d 'How many orders inventory rejects (0)'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l seed -x -d 'Which orders are rejected follows from seed and order id (1)'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l delay -x -d 'How long each answer takes, such as 20ms..2s (none)'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l count -x -d 'Stop after so many orders'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l idle -x -d 'Stop when nothing came for so long'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l make -x -d 'Make so many orders too, through the daemon'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l rate -x -d 'Make so many a second, instead of as many as are taken'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l verify -d 'Compare the results on orders with what the answers demand'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l verify-timeout -x -d 'How long to wait for results (PT30S)'
complete -c ordersctl -n "__ordersctl_at ' simulate'" -l instance -x -d 'Tells simulations that run at the same time apart'
complete -c ordersctl -n "__ordersctl_at ' completion'" -a bash -d 'The script for bash'
complete -c ordersctl -n "__ordersctl_at ' completion'" -a zsh -d 'The script for zsh'
complete -c ordersctl -n "__ordersctl_at ' completion'" -a fish -d 'The script for fish'
