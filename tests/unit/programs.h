/* The test programs that one executable holds: generated from a folder's files (programs.c.in), chosen by run.c. */
#ifndef TIDEMARK_TESTS_UNIT_PROGRAMS_H
#define TIDEMARK_TESTS_UNIT_PROGRAMS_H

struct program {
    const char *name; /* of the ctest, without "unit.<component>." */
    int (*run)(void); /* the file's main, which has another name here */
};

/* Ends with a row without a name. */
extern const struct program programs[];

#endif
