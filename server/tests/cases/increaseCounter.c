/* increaseCounter.c - a contract in the shape of the old environment: the request as a JSON text in, the same fields with
 * result and Accepted out, in memory of malloc. */
#include <stdlib.h>
#include <string.h>

static const char *find(const char *json, const char *field) {
    const char *const at = strstr(json, field);
    return at == NULL ? NULL : at + strlen(field);
}

const char *increaseCounter(const char *json);
const char *increaseCounter(const char *json) {
    const char *const counter = find(json, "\"counter\":");
    const size_t fields = strlen(json) - 1; /* without the last brace */
    char *const answer = malloc(fields + 64);
    memcpy(answer, json, fields);
    if (counter == NULL || *counter < '0' || *counter > '9') {
        strcpy(answer + fields, ",\"result\":\"counter is not a number\",\"Accepted\":\"false\"}");
        return answer;
    }
    strcpy(answer + fields, ",\"result\":\"");
    char *to = answer + strlen(answer);
    unsigned long number = strtoul(counter, NULL, 10) + 1;
    char digits[12];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count > 0)
        *to++ = digits[--count];
    strcpy(to, "\",\"Accepted\":\"true\"}");
    return answer;
}
