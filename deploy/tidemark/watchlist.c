#include "commands.h"

#include "catalogue.h"
#include "words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_help(FILE *out)
{
    fputs("tidemark watchlist check FILE…                       what is wrong or can never fire, line by line\n"
          "tidemark watchlist import TEMPLATE.json [-o FILE]    the watchlist inside an ARM template, as CSV\n"
          "tidemark watchlist show FILE                         what each row means\n",
          out);
}

/* Watchlists are the alerter's knowledge: its program answers. */
int command_watchlist(int argc, char **argv)
{
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help(stdout);
        return EXIT_CODE_OK;
    }
    if (argc < 2) {
        print_help(stderr);
        return EXIT_CODE_USAGE;
    }
    struct words w = { 0 };
    words_add_format(&w, "%s/tidemark-alerter", catalogue_folder());
    words_add(&w, "watchlist");
    for (int i = 1; i < argc; i++)
        words_add(&w, argv[i]);
    execv(w.word[0], w.word);
    fprintf(stderr, "tidemark watchlist: %s cannot be started: %s\n", w.word[0], strerror(errno));
    words_fini(&w);
    return EXIT_CODE_INTERNAL;
}
