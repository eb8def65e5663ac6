/* The fuzz targets that one program replays files with: generated (targets.c.in), chosen by replay.c. */
#ifndef TIDEMARK_TESTS_FUZZ_TARGETS_H
#define TIDEMARK_TESTS_FUZZ_TARGETS_H

#include <stddef.h>
#include <stdint.h>

struct target {
    const char *name;
    int (*run)(const uint8_t *data, size_t size); /* an LLVMFuzzerTestOneInput, which has another name here */
};

/* Ends with a row without a name. */
extern const struct target targets[];

#endif
