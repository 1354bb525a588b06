/* bench/report.c - a comparison as files: kernels.csv for tables, kernels.json with everything, kernels.svg to look at. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/comparison.h"

void bench_machine_words(char *out, size_t room) {
    struct utsname system = {.machine = "?"};
    char line[256], model[160] = "unknown processor";
    uname(&system);
    FILE *const stream = fopen("/proc/cpuinfo", "r");
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL) {
        const char *const value = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && value != NULL)
            snprintf(model, sizeof model, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
    }
    if (stream != NULL)
        fclose(stream);
    snprintf(out, room, "%s, %ld cores, %s %s %s", model, sysconf(_SC_NPROCESSORS_ONLN), system.sysname, system.release,
             system.machine);
}

static FILE *create(const char *directory, const char *file) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    FILE *const stream = fopen(path, "w");
    if (stream == NULL)
        bench_fail("%s can't be written: %s", path, strerror(errno));
    return stream;
}

static void write_csv(const struct comparison *comparison, FILE *stream) {
    fprintf(stream, "kernel,engine,version,fuel,runs,least_ns,median_ns,most_ns,ratio_to_%s\n",
            comparison->engines.list[comparison->base].name);
    for (size_t i = 0; i < comparison->kernel_count; i++)
        for (size_t j = 0; j < comparison->engines.count; j++) {
            const struct engine *const engine = &comparison->engines.list[j];
            const struct timing *const timing = &comparison->times[i][j];
            if (timing->count > 0)
                fprintf(stream, "%s,%s,%s,%s,%zu,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.4f\n",
                        comparison->kernels[i].name, engine->name, engine->version, engine->fuel ? "yes" : "no",
                        timing->count, timing->nanoseconds[0], timing->nanoseconds[timing->count / 2],
                        timing->nanoseconds[timing->count - 1], comparison_ratio(comparison, i, j, comparison->base));
        }
}

/* A JSON string. */
static void write_text(FILE *stream, const char *text) {
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', stream);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, stream);
    }
    fputc('"', stream);
}

static void write_engine(const struct comparison *comparison, size_t index, FILE *stream) {
    const struct engine *const engine = &comparison->engines.list[index];
    size_t count;
    const double mean = comparison_mean(comparison, index, comparison->base, &count);
    fprintf(stream, "%s\n  {\"name\":", index == 0 ? "" : ",");
    write_text(stream, engine->name);
    fputs(",\"version\":", stream);
    write_text(stream, engine->version);
    fputs(",\"build\":", stream);
    write_text(stream, engine->build);
    fprintf(stream, ",\"ours\":%s,\"fuel\":%s,\"compiler\":%s,\"disqualified\":%s,\"kernels\":%zu",
            engine->ours ? "true" : "false", engine->fuel ? "true" : "false", engine->compiler ? "true" : "false",
            engine->disqualified ? "true" : "false", count);
    if (count > 0)
        fprintf(stream, ",\"mean_ratio\":%.4f", mean);
    fputc('}', stream);
}

static void write_json(const struct comparison *comparison, FILE *stream) {
    char machine[512];
    bench_machine_words(machine, sizeof machine);
    fputs("{\"machine\":", stream);
    write_text(stream, machine);
    fprintf(stream, ",\"quick\":%s,\"base\":", comparison->quick ? "true" : "false");
    write_text(stream, comparison->engines.list[comparison->base].name);
    fputs(",\n \"engines\":[", stream);
    for (size_t i = 0; i < comparison->engines.count; i++)
        write_engine(comparison, i, stream);
    fputs("],\n \"runs\":[", stream);
    bool first = true;
    for (size_t i = 0; i < comparison->kernel_count; i++)
        for (size_t j = 0; j < comparison->engines.count; j++) {
            const struct timing *const timing = &comparison->times[i][j];
            if (timing->count == 0)
                continue;
            fprintf(stream, "%s\n  {\"kernel\":", first ? "" : ",");
            write_text(stream, comparison->kernels[i].name);
            fputs(",\"engine\":", stream);
            write_text(stream, comparison->engines.list[j].name);
            fputs(",\"ns\":[", stream);
            for (size_t k = 0; k < timing->count; k++)
                fprintf(stream, "%s%" PRIu64, k == 0 ? "" : ",", timing->nanoseconds[k]);
            fputs("]}", stream);
            first = false;
        }
    fputs("]}\n", stream);
}

static void write_file(const struct comparison *comparison, const char *directory, const char *file,
                       void (*write)(const struct comparison *, FILE *)) {
    FILE *const stream = create(directory, file);
    if (stream == NULL)
        return;
    write(comparison, stream);
    if (fclose(stream) != 0)
        bench_fail("%s/%s can't be written: %s", directory, file, strerror(errno));
}

void comparison_write(const struct comparison *comparison, const char *directory) {
    if (!bench_make_directory(directory))
        return;
    write_file(comparison, directory, "kernels.csv", write_csv);
    write_file(comparison, directory, "kernels.json", write_json);
    write_file(comparison, directory, "kernels.svg", comparison_draw);
}
