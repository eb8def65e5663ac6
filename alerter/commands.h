/* `tidemark-alerter watchlist check|import|show`: what people do with watchlists by hand. */
#ifndef TIDEMARK_ALERTER_COMMANDS_H
#define TIDEMARK_ALERTER_COMMANDS_H

/* argv[0] is "watchlist".  Returns the exit code: 0, 64, 65 (findings), 70 (output cannot be written) or 78. */
int watchlist_command(int argc, char **argv);

#endif
