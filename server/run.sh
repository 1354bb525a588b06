#!/usr/bin/env bash
# make run: starts the server with the bundled contracts, sends it a first request, and leaves it running until Ctrl-C.
#
#   BUILD   the build directory (build)
#   PORT    where to listen on 127.0.0.1 (3000)
set -u
BUILD=${BUILD:-build} PORT=${PORT:-3000}
address=127.0.0.1:$PORT
request='{"contractName":"increaseCounter","contractLanguage":"c","counter":41}'

if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
    echo "Port $PORT of this machine is already in use, perhaps by another \`make run\`."
    echo "Stop that program, or take another port: make run PORT=$((PORT + 1))"
    exit 1
fi

# The server gets a group of its own, so that Ctrl-C reaches this script first and the end is told in order.
set -m
"$BUILD/delavm-server" --listen "$address" --store "$BUILD/store" --contracts "$BUILD/contracts" &
server=$!
set +m
stop() {
    trap '' INT TERM
    echo
    echo "Stopping the server."
    kill -TERM "$server" 2>/dev/null
    wait "$server"
    exit 0
}
trap stop INT TERM

for _ in $(seq 100); do
    "$BUILD/delavm" contracts -s "$address" >/dev/null 2>&1 && break
    if ! kill -0 "$server" 2>/dev/null; then
        wait "$server"
        status=$?
        echo "The server did not start (status $status); its words are above."
        exit 1
    fi
    sleep 0.1
done

echo
echo "A first request, as Dela sends it:"
echo "  POST http://$address/  $request"
echo "The answer:"
printf '  '
"$BUILD/delavm" call -s "$address" c/increaseCounter counter=41 --json || { kill "$server"; exit 1; }
echo
echo "The contracts it has:"
"$BUILD/delavm" contracts -s "$address" | sed 's/^/  /'
echo
echo "Try it from another terminal:"
echo "  curl -d '$request' http://$address/"
echo "  $BUILD/delavm call $([ "$PORT" = 3000 ] || echo "-s $address ")c/increaseCounter counter=41"
echo
echo "The server goes on serving http://$address until you press Ctrl-C."
wait "$server"
status=$?
echo "The server ended by itself (status $status)."
exit "$status"
