/* The commands of `tidemark`: each takes its own argv (argv[0] names it, "tidemark hunt") and returns an exit code. */
#ifndef TIDEMARK_DEPLOY_COMMANDS_H
#define TIDEMARK_DEPLOY_COMMANDS_H

int command_coverage(int argc, char **argv);
int command_hunt(int argc, char **argv);
int command_identify(int argc, char **argv);
int command_normalize(int argc, char **argv);
int command_sources(int argc, char **argv);
int command_watchlist(int argc, char **argv);

#endif
