/* One kernel as a native program: prints what run(argument) returns, as MANIFEST.tsv has it.  KERNEL: its source. */
#include <stdio.h>
#include <stdlib.h>

#include KERNEL

int main(int count, char **words) {
    printf("%llu\n", (unsigned long long)run(count > 1 ? atoi(words[1]) : 0));
    return 0;
}
