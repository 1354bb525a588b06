/* bench/draw.c - a comparison as a picture: a row for each kernel, a mark for each engine, on a logarithmic scale. */
#include <math.h>
#include <stdio.h>

#include "bench/comparison.h"

/* In pixels. */
#define WIDTH 860.0
#define LEFT 110.0
#define RIGHT 840.0
#define ROW 26.0
#define LEGEND_TOP 62.0
#define LEGEND_ROW 20.0
#define LEGEND_COLUMNS 4u

/* Every engine has a colour and a shape, so that neither alone has to tell them apart.  Middle tones, which can be seen
 * on white and on black. */
static const char *const colours[] = {"#0b7fff", "#8fa3b8", "#6b7785", "#e0452f", "#e8933a", "#9a5de8",
                                      "#2b9a4a", "#c49a00", "#d4569a", "#00a0a0", "#7f8c3a", "#a0714f"};
enum { COLOUR_COUNT = sizeof colours / sizeof *colours, SHAPE_COUNT = 4 };

struct scale {
    double least, most; /* ratios at both ends */
};

static double place(const struct scale *scale, double ratio) {
    return LEFT + (RIGHT - LEFT) * log(ratio / scale->least) / log(scale->most / scale->least);
}

static struct scale scale_of(const struct comparison *comparison) {
    struct scale scale = {0.9, 1.1};
    for (size_t i = 0; i < comparison->kernel_count; i++)
        for (size_t j = 0; j < comparison->engines.count; j++) {
            const double ratio = comparison_ratio(comparison, i, j, comparison->base);
            if (ratio > 0 && ratio < scale.least)
                scale.least = ratio;
            if (ratio > scale.most)
                scale.most = ratio;
        }
    scale.least /= 1.1;
    scale.most *= 1.1;
    return scale;
}

static void mark(FILE *stream, const struct comparison *comparison, size_t engine, double x, double y) {
    const bool ours = engine == comparison->ours, ceiling = comparison->engines.list[engine].compiler;
    const double size = ours ? 7 : 4.5;
    fprintf(stream, "<g stroke=\"%s\" stroke-width=\"1.5\" fill=\"%s\">", colours[engine % COLOUR_COUNT],
            ceiling ? "none" : colours[engine % COLOUR_COUNT]);
    switch (ours ? 0 : 1 + engine % (SHAPE_COUNT - 1)) {
    case 0:
        fprintf(stream, "<path d=\"M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz\"/>", x, y - size, size, size, -size, size,
                -size, -size);
        break;
    case 1:
        fprintf(stream, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>", x, y, size);
        break;
    case 2:
        fprintf(stream, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", x - size, y - size, 2 * size,
                2 * size);
        break;
    default:
        fprintf(stream, "<path d=\"M%.1f %.1fl%.1f %.1fh%.1fz\"/>", x, y - size, size, 2 * size, -2 * size);
        break;
    }
    fputs("</g>\n", stream);
}

static void draw_legend(FILE *stream, const struct comparison *comparison) {
    size_t shown = 0;
    for (size_t i = 0; i < comparison->engines.count; i++) {
        if (!comparison_has(comparison, i))
            continue;
        const struct engine *const engine = &comparison->engines.list[i];
        const double x = 20 + (double)(shown % LEGEND_COLUMNS) * (WIDTH - 20) / (double)LEGEND_COLUMNS;
        const double y = LEGEND_TOP + (double)(shown / LEGEND_COLUMNS) * LEGEND_ROW;
        mark(stream, comparison, i, x, y - 4);
        fprintf(stream, "<text x=\"%.0f\" y=\"%.0f\"%s>%s%s%s</text>\n", x + 12, y,
                i == comparison->ours ? " font-weight=\"bold\"" : "", engine->ours ? "delavm " : "", engine->name,
                engine->ours       ? ""
                : engine->compiler ? " (compiles)"
                : engine->fuel     ? ""
                                   : " (no fuel)");
        shown++;
    }
}

static void draw_grid(FILE *stream, const struct comparison *comparison, const struct scale *scale, double top,
                      double bottom) {
    static const double ticks[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50};
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        if (ticks[i] < scale->least || ticks[i] > scale->most)
            continue;
        const double x = place(scale, ticks[i]);
        fprintf(stream,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.0f\" x2=\"%.1f\" y2=\"%.0f\"/>"
                "<text text-anchor=\"middle\" x=\"%.1f\" y=\"%.0f\">%g</text>\n",
                ticks[i] >= 1 && ticks[i] <= 1 ? "one" : "grid", x, top, x, bottom, x, bottom + 16, ticks[i]);
    }
    fprintf(stream,
            "<text text-anchor=\"end\" x=\"%.0f\" y=\"%.0f\">times the CPU time of %s; further left is faster</text>\n",
            RIGHT, bottom + 34, comparison->engines.list[comparison->base].name);
}

static void draw_row(FILE *stream, const struct comparison *comparison, const struct scale *scale, size_t kernel,
                     double y) {
    const bool mean = kernel == comparison->kernel_count;
    fprintf(stream, "<line class=\"grid\" x1=\"%.0f\" y1=\"%.0f\" x2=\"%.0f\" y2=\"%.0f\"/>", LEFT, y, RIGHT, y);
    fprintf(stream, "<text text-anchor=\"end\" x=\"%.0f\" y=\"%.0f\"%s>%s</text>\n", LEFT - 10, y + 4,
            mean ? " font-weight=\"bold\"" : "", mean ? "mean" : comparison->kernels[kernel].name);
    /* Ours last, so that it lies on top. */
    for (size_t turn = 0; turn <= comparison->engines.count; turn++) {
        const size_t engine = turn == comparison->engines.count ? comparison->ours : turn;
        size_t count;
        if (engine == comparison->engines.count || (turn == comparison->ours && turn < comparison->engines.count))
            continue;
        const double ratio = mean ? comparison_mean(comparison, engine, comparison->base, &count)
                                  : comparison_ratio(comparison, kernel, engine, comparison->base);
        if (ratio > 0)
            mark(stream, comparison, engine, place(scale, ratio), y);
    }
}

void comparison_draw(const struct comparison *comparison, FILE *stream) {
    const struct scale scale = scale_of(comparison);
    char machine[512];
    size_t shown = 0;
    for (size_t i = 0; i < comparison->engines.count; i++)
        shown += comparison_has(comparison, i);
    const double legend = (double)((shown + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS) * LEGEND_ROW;
    const double top = LEGEND_TOP + legend, bottom = top + (double)(comparison->kernel_count + 1) * ROW;
    bench_machine_words(machine, sizeof machine);
    machine[strcspn(machine, "<&")] = '\0'; /* what would have to be escaped ends it */
    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
            "font-family=\"system-ui, sans-serif\" font-size=\"13\">\n"
            "<style>text{fill:#4a5560}.grid{stroke:#8894a055}.one{stroke:#4a5560}\n"
            "@media (prefers-color-scheme:dark){text{fill:#b4bfca}.one{stroke:#b4bfca}}</style>\n"
            "<text x=\"14\" y=\"22\" font-size=\"16\" font-weight=\"bold\">WebAssembly interpreters on %zu "
            "kernels%s</text>\n",
            WIDTH, bottom + 44, WIDTH, bottom + 44, comparison->kernel_count, comparison->quick ? ", short runs" : "");
    fprintf(stream, "<text x=\"14\" y=\"38\" font-size=\"11\">%s</text>\n", machine);
    draw_legend(stream, comparison);
    draw_grid(stream, comparison, &scale, top, bottom);
    for (size_t i = 0; i <= comparison->kernel_count; i++)
        draw_row(stream, comparison, &scale, i, top + ((double)i + 0.5) * ROW);
    fputs("</svg>\n", stream);
}
