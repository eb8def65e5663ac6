/* Runs a fuzz target over files, so that every input that ever mattered is tested without a fuzzer.
 *   fuzz_replay_<component> NAME PATH…     NAME: of a target; PATH: a file, or a folder whose files are replayed */
#include "targets.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static unsigned replayed;

static const struct target *find_target(const char *name)
{
    for (const struct target *t = targets; t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

static int replay_file(const struct target *target, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return 1;
    }
    struct stat st;
    if (fstat(fileno(f), &st)) {
        perror(path);
        fclose(f);
        return 1;
    }
    /* An allocation of the exact size, so that a sanitizer sees the first byte read too far. */
    size_t size = (size_t)st.st_size;
    uint8_t *data = malloc(size ? size : 1);
    if (!data || fread(data, 1, size, f) != size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        free(data);
        fclose(f);
        return 1;
    }
    fclose(f);
    target->run(data, size);
    free(data);
    replayed++;
    return 0;
}

static int replay_folder(const struct target *target, const char *path)
{
    DIR *d = opendir(path);
    if (!d) {
        perror(path);
        return 1;
    }
    int failures = 0;
    for (struct dirent *entry; (entry = readdir(d));) {
        char file[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        failures += replay_file(target, file);
    }
    closedir(d);
    return failures;
}

int main(int argc, char **argv)
{
    const struct target *target = argc > 1 ? find_target(argv[1]) : NULL;
    if (!target) {
        fprintf(stderr, "%s: expected a target and paths\n", argv[0]);
        return 64;
    }
    int failures = 0;
    for (int i = 2; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st)) {
            perror(argv[i]);
            failures++;
        } else {
            failures += S_ISDIR(st.st_mode) ? replay_folder(target, argv[i]) : replay_file(target, argv[i]);
        }
    }
    printf("%u inputs replayed\n", replayed);
    return failures || replayed == 0;
}
