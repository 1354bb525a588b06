/* server/cli/selftest.c - delavm selftest: does this build compute what every other one does? */
#include <stdio.h>

#include "host/selftest.h"
#include "server/cli/cli.h"

enum cli_exit cli_selftest(struct cli *cli) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_config config;
    const enum cli_exit end = cli_config(cli, VM_STRICT, &config);
    if (end != CLI_OK)
        return end;
    struct host_selftest result;
    if (host_selftest_run(&allocator, &result) != VM_OK) {
        fprintf(stderr, "delavm: this machine is out of memory: nothing was decided, try again\n");
        return CLI_FAILED;
    }
    char hash[HOST_HASH_TEXT_SIZE], expected[HOST_HASH_TEXT_SIZE];
    host_hash_text(&result.hash, hash);
    host_hash_text(&result.expected, expected);
    if (cli_given(cli, "json"))
        printf("{\"good\":%s,\"hash\":\"%s\",\"expected\":\"%s\",\"vectors\":%lu,\"differences\":%lu}\n",
               result.good ? "true" : "false", hash, expected, (unsigned long)result.vectors,
               (unsigned long)result.differences);
    else
        printf("conformance %s\n%lu vectors, %s\n", hash, (unsigned long)result.vectors,
               result.good ? "as on every other machine" : "NOT as they should be");
    if (result.good)
        return CLI_OK;
    fprintf(stderr, "delavm: expected %s; %lu differences%s%s\ndelavm: do not run contracts with this build\n",
            expected, (unsigned long)result.differences, result.first[0] == '\0' ? "" : ", the first: ", result.first);
    return CLI_TRAPPED;
}
