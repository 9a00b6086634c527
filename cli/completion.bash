# Completion of vultus for bash: subcommands, options and their values. The words come from the
# program itself (`vultus help --words`), so they are always those of the version that is installed.
# Names of people are completed from the gallery that the command line or VULTUS_DB names.

_vultus_people() {
    local db=() i
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == --db ]] && db=(--db "${COMP_WORDS[i + 1]}")
    done
    # CSV quotes names with commas; those are few and are left to be typed
    "$1" people list --csv "${db[@]}" 2>/dev/null | sed -e 1d -e '/^"/d' -e 's/,.*//'
}

_vultus() {
    local program=$1 current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local IFS=$'\n' command='' sub='' word kind i
    local words
    COMPREPLY=()

    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --db | --models | --detector | --embedder | --pipeline | --threads | --annotate | --name)
                ((i++)) ;;
            -*) ;;
            *)
                if [[ -z $command ]]; then
                    command=$word
                elif [[ -z $sub ]]; then
                    sub=$word
                fi ;;
        esac
    done

    if [[ -z $command || $command == help && $current != -* ]]; then
        words=$("$program" help --words 2>/dev/null)
        [[ -z $command ]] && words+=$'\n--help\n--version'
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi
    words=$("$program" help --words "$command" 2>/dev/null) || return

    if [[ $before == --* ]]; then
        while IFS=$'\t' read -r word kind; do
            [[ $word == "$before" ]] || continue
            case $kind in
                file) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
                folder) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
                *'|'*) mapfile -t COMPREPLY < <(compgen -W "${kind//|/$'\n'}" -- "$current") ;;
            esac
            [[ -n $kind ]] && { compopt -o filenames 2>/dev/null; return; }
        done <<<"$words"
    fi

    words=$(cut -f1 <<<"$words")
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    elif [[ -z $sub && $command =~ ^(people|models|evaluate|bench)$ ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(grep -v '^-' <<<"$words")" -- "$current")
    elif [[ $command == people && $sub != list ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_vultus_people "$program")" -- "$current")
        COMPREPLY=("${COMPREPLY[@]// /\\ }")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        compopt -o filenames 2>/dev/null
    fi
}

complete -F _vultus vultus
