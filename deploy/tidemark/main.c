/* `tidemark`: the one command that a person types.  It starts and watches the programs that do the work and never sees
 * a log line itself. */
#include "commands.h"

#include "common/status.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command {
    const char *name, *shown, *help;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "hunt", "tidemark hunt", "count logs and print where ports are used more than the watchlist allows",
      command_hunt },
    { "normalize", "tidemark normalize", "print logs as ASIM NetworkSession JSON lines", command_normalize },
    { "coverage", "tidemark coverage",
      "say what logs say in the fields that are counted, and which rows can never fire", command_coverage },
    { "identify", "tidemark identify", "say which source and form files look like", command_identify },
    { "sources", "tidemark sources", "list and explain the sources that can be read", command_sources },
    { "watchlist", "tidemark watchlist", "check, import or show a watchlist", command_watchlist },
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_usage(FILE *out)
{
    fputs("tidemark COMMAND [OPTION…] …\n\n", out);
    for (unsigned i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
    fputs("\ntidemark COMMAND --help tells more; tidemark --version prints the version.\n"
          "Exit codes: 0 done, 1 results (hunt --exit-code), 64 usage, 65 findings (watchlist check), 66 an input "
          "cannot be\n"
          "read, 70 internal, 78 configuration.\n",
          out);
}

/* Pipes must not land on the numbers of standard streams that a caller has closed. */
static void open_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    open_standard_streams();
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_usage(stdout);
        return EXIT_CODE_OK;
    }
    if (strcmp(name, "--version") == 0) {
        puts("tidemark " TIDEMARK_VERSION);
        return EXIT_CODE_OK;
    }
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        char shown[32];
        snprintf(shown, sizeof shown, "%s", commands[i].shown);
        argv[1] = shown;
        return commands[i].run(argc - 1, argv + 1);
    }
    if (*name)
        fprintf(stderr, "tidemark: %s: no such command\n\n", name);
    print_usage(stderr);
    return EXIT_CODE_USAGE;
}
