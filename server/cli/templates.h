/* server/cli/templates.h - the files that `delavm new` writes, made from contracts/templates/LIST by the build. */
#ifndef DELAVM_SERVER_CLI_TEMPLATES_H
#define DELAVM_SERVER_CLI_TEMPLATES_H

#include <stdbool.h>
#include <stddef.h>

/* A row: with `needs`, it opens a language and says what tools that takes; else it is a file of the project, or, if the
 * row before has the same path, a further part of it.  In paths NAME, in bytes @NAME@, @LANGUAGE@ and @DELAVM@ are to be
 * replaced. */
struct cli_template {
    const char *language;
    const char *needs;
    const char *path;
    const unsigned char *bytes;
    size_t size;
    bool executable;
};

extern const struct cli_template cli_templates[];
extern const size_t cli_template_count;

#endif
