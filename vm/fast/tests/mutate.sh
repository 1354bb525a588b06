#!/usr/bin/env bash
# make mutate: are the checks of the fast engine any good?  Puts one fault after another into a copy of vm/fast - each of
# mutations.txt, and for each row of the tables of operations in cell.h a wrong result - builds what it concerns, and runs
# the tests until one fails.  A fault that no test notices is a survivor.  Ends with "N passed, N failed".
#
#   BUILD=build CC=cc vm/fast/tests/mutate.sh [EVERY [FIRST]]      only every EVERY-th fault, from FIRST (0) on
#   vm/fast/tests/mutate.sh -n WORDS                               only faults whose names contain WORDS
set -u
cd "$(dirname "$0")/../../.." || exit 2
top=$PWD build=${BUILD:-build} cc=${CC:-cc} jobs=${JOBS:-$(nproc)}
case $build in /*) ;; *) build=$top/$build ;; esac
tests=$build/vm/fast/tests
every=1 first=0 words=
if [ "${1:-}" = -n ]; then words=$2; else every=${1:-1} first=${2:-0}; fi
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# Wrong results for rows: the whole result, then what is easily mistaken.
rows() {
    grep -nE '^    X\([A-Z0-9_, ]+.*\)[[:space:]]*\\?$' vm/fast/cell.h | while IFS=: read -r line text; do
        name=$(sed -E 's/^ *X\(([A-Z0-9_]+), *([A-Z0-9_]+)?.*/\1 \2/' <<<"$text")
        case $text in
            *vm_add128*) subtle='s/vm_add128/vm_sub128/' ;;
            *vm_sub128*) subtle='s/vm_sub128/vm_add128/' ;;
            *vm_mul_wide_s*) subtle='s/vm_mul_wide_s/vm_mul_wide_u/' ;;
            *vm_mul_wide_u*) subtle='s/vm_mul_wide_u/vm_mul_wide_s/' ;;
            *"vm_div_s"*) subtle='s/vm_div_s/vm_div_u/' ;;
            *"vm_rem_s"*) subtle='s/vm_rem_s/vm_rem_u/' ;;
            *"vm_div_u"*) subtle='s/vm_div_u/vm_rem_u/' ;;
            *"vm_rem_u"*) subtle='s/vm_rem_u/vm_div_u/' ;;
            *"(p,"* | *"p[0] ="*) subtle='s/value/(value ^ 1)/' ;;
            *"vm_signed"*) subtle='s/vm_signed[0-9]*(/(/g' ;;
            *"<= "*) subtle='s/<= /< /' ;;
            *">= "*) subtle='s/>= /> /' ;;
            *"< "*) subtle='s/< /<= /' ;;
            *"> "*) subtle='s/> />= /' ;;
            *shr_u*) subtle='s/vm_shr_u/vm_shr_s/' ;;
            *shr_s*) subtle='s/vm_shr_s/vm_shr_u/' ;;
            *rotl*) subtle='s/vm_rotl/vm_rotr/' ;;
            *rotr*) subtle='s/vm_rotr/vm_rotl/' ;;
            *" | "*) subtle='s/ | / ^ /' ;;
            *" ^ "*) subtle='s/ ^ / | /' ;;
            *" + "*) subtle='s/ + / ^ /' ;;
            *" & "*) subtle='s/ & / | /' ;;
            *) subtle='s/)\( *\\*\)$/ + 1)\1/' ;;
        esac
        printf 'cell.h\trow of %s\t%s%s\n' "$name" "$line" "$subtle"
        case $text in
            *vm_div* | *vm_rem* | *"p[0] ="* | *"vm_store"* | *128* | *WIDE*) ;;
            *) printf 'cell.h\trow of %s, last bit\t%s%s\n' "$name" "$line" 's/)\( *\\*\)$/ ^ 1)\1/' ;;
        esac
    done
}

# What works out charges a second time comes first, then the smallest checks.
checks=("verify_test" "small_test 3 2" "operand_test 32" "translate_test" "late_test" "real_test 1 20" "random_test 1 600" "small_test 4 3" "operand_test 3" "random_test 1 4000")

try() { # number, file, name, sed script, check that must do alone or nothing: says what became of the fault
    local folder=$work/$1 file=$2 name=$3 script=$4 source object=() check sources=() way= alone=${5:-}
    mkdir -p "$folder/vm" && cp -r vm/fast "$folder/vm/fast" && rm -rf "$folder/vm/fast/tests"
    sed -i "$script" "$folder/vm/fast/$file" 2>"$folder/log" || { echo "NO  $name: sed: $(cat "$folder/log")"; return; }
    cmp -s "vm/fast/$file" "$folder/vm/fast/$file" && { echo "NO  $name: changes nothing in $file"; return; }
    case $file in
        translator.h) sources=(code stack control access instruction translate) ;;
        handlers.h | cell.h) sources=(run) ;;
        *) sources=("${file%.c}") ;;
    esac
    for source in "${sources[@]}"; do
        [ "$source" = run ] && way=-DVM_FAST_DISPATCH=VM_FAST_SWITCH
        "$cc" -std=c17 -D_POSIX_C_SOURCE=200809L -w -O0 $way "-I$folder" -I. -c "$folder/vm/fast/$source.c" -o "$folder/$source.o" 2>"$folder/log" ||
            { echo "NO  $name: does not compile: $(head -n 1 "$folder/log")"; rm -rf "$folder"; return; }
        object+=("$folder/$source.o")
    done
    mkdir "$folder/run" && ln -s "$top/vm" "$top/bench" "$folder/run/"
    for check in "${alone:-${checks[@]}}"; do
        [ -x "$folder/${check%% *}" ] || "$cc" -pthread "$tests/${check%% *}.o" "${object[@]}" "$build/libdelavm.a" -lsodium -o "$folder/${check%% *}" 2>"$folder/log" ||
            { echo "NO  $name: does not link: $(head -n 1 "$folder/log")"; rm -rf "$folder"; return; }
        # shellcheck disable=SC2086
        if ! { (cd "$folder/run" && timeout 60 "../${check%% *}" ${check#"${check%% *}"} >../log 2>&1); } 2>/dev/null; then
            echo "ok  $name: noticed by $check"
            rm -rf "$folder"
            return
        fi
    done
    echo "NO  $name: SURVIVES ($file: $script)"
    rm -rf "$folder"
}

number=0 chosen=0
: >"$work/verdicts"
# Whatever is chosen, no fault may have become none when the code was changed.
stale() {
    local file name script alone
    while IFS=$'\t' read -r file name script alone; do
        case $file in '' | '#'*) continue ;; esac
        sed "$script" "vm/fast/$file" 2>&1 | cmp -s - "vm/fast/$file" &&
            echo "NO  $name: the fault does not fit $file any more: mend mutations.txt"
    done <vm/fast/tests/mutations.txt
}
while IFS=$'\t' read -r file name script alone; do
    case $file in '' | '#'*) continue ;; esac
    number=$((number + 1))
    if [ -n "$words" ]; then case $name in *"$words"*) ;; *) continue ;; esac; fi
    [ $(((number - 1) % every)) -eq $((first % every)) ] || continue
    chosen=$((chosen + 1))
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    try $number "$file" "$name" "$script" "$alone" | tee -a "$work/verdicts" &
done < <(cat vm/fast/tests/mutations.txt; rows)
wait
stale | tee "$work/stale"
passed=$(grep -c '^ok' "$work/verdicts") failed=$((chosen - passed + $(wc -l <"$work/stale")))
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $chosen -gt 0 ]
