/* unit_<component> NAME: one of the test programs in it.  Without a name it lists them. */
#include "programs.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    for (const struct program *p = programs; p->name; p++)
        if (argc == 2 && strcmp(p->name, argv[1]) == 0)
            return p->run();
    for (const struct program *p = programs; p->name; p++)
        puts(p->name);
    return argc == 1 ? 0 : 64;
}
