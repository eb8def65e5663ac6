#include "commands.h"

#include "capture.h"
#include "catalogue.h"
#include "maps.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void print_help(void)
{
    puts("tidemark sources          the sources that can be read\n"
         "tidemark sources NAME     one of them: which records it takes, its forms and fields, what they become; NAME "
         "is\n"
         "                          its id, or a connector or table of Sentinel");
}

static struct buffer names_of(const json_t *array)
{
    struct buffer out = { 0 };
    size_t i;
    const json_t *name;
    json_array_foreach(array, i, name) buffer_append_format(&out, "%s%s", i ? "," : "", json_string_value(name));
    buffer_append_format(&out, "%s", out.n ? "" : "-");
    buffer_append_byte(&out, 0);
    return out;
}

static bool holds(const json_t *array, const char *name)
{
    size_t i;
    const json_t *one;
    json_array_foreach(array, i, one)
    {
        if (json_string_value(one) && strcasecmp(json_string_value(one), name) == 0)
            return true;
    }
    return false;
}

/* What each collector says of itself, in the list's order; exit codes say which could not be asked. */
static struct captured *ask_collectors(const json_t *list)
{
    size_t i;
    const json_t *one;
    struct error e;
    struct captured *c = allocate(json_array_size(list) + 1, sizeof *c);
    json_array_foreach(list, i, one)
    {
        words_add_format(&c[i].words, "%s/tidemark-collector-%s", catalogue_folder(), maps_text(one, "source"));
        words_add(&c[i].words, "--describe");
        c[i].code = EXIT_CODE_INTERNAL;
    }
    if (capture_all(c, json_array_size(list), &e) != STATUS_OK)
        fprintf(stderr, "tidemark sources: %s\n", e.text);
    return c;
}

static struct buffer form_names(const struct captured *c)
{
    json_error_t why;
    json_t *described = c->code == EXIT_CODE_OK ? json_loadb(c->out.p, c->out.n, 0, &why) : NULL;
    json_t *names = json_array();
    size_t i;
    const json_t *form;
    json_array_foreach(json_object_get(described, "forms"), i, form)
        json_array_append(names, json_object_get(form, "name"));
    struct buffer out = names_of(names);
    json_decref(names);
    json_decref(described);
    return out;
}

/* The columns between the id and the title. */
static void print_row(const json_t *one, const struct captured *collector)
{
    static const char *const grouping[] = { "TimeGenerated",    "NetworkProtocol", "DstPortNumber",
                                            "NetworkDirection", "DvcAction",       "DstAppName" };
    static const int width[] = { 4, 8, 4, 9, 6, 3 };
    struct buffer forms = form_names(collector), connectors = names_of(json_object_get(one, "connectors")),
                  tables = names_of(json_object_get(one, "tables"));
    printf("%-18s ", maps_text(one, "source"));
    for (unsigned i = 0; i < sizeof grouping / sizeof *grouping; i++)
        printf("%-*s ", width[i], holds(json_object_get(one, "grouping"), grouping[i]) ? "yes" : "-");
    printf("%-40s %-40s %-40s %s%s\n", forms.p, connectors.p, tables.p, maps_text(one, "title"),
           json_is_true(json_object_get(one, "summaries")) ? " (counts, not sessions)" : "");
    buffer_fini(&forms);
    buffer_fini(&connectors);
    buffer_fini(&tables);
}

static int print_list(const json_t *list)
{
    size_t i;
    const json_t *one;
    struct captured *collector = ask_collectors(list);
    printf("%-18s %-4s %-8s %-4s %-9s %-6s %-3s %-40s %-40s %-40s %s\n", "SOURCE", "TIME", "PROTOCOL", "PORT",
           "DIRECTION", "ACTION", "APP", "FORMS", "CONNECTORS", "TABLES", "TITLE");
    json_array_foreach(list, i, one) print_row(one, &collector[i]);
    captured_fini(collector, json_array_size(list));
    free(collector);
    puts("\nTIME to APP: whether sessions of the source can have TimeGenerated, NetworkProtocol, DstPortNumber,\n"
         "NetworkDirection, DvcAction and DstAppName. tidemark sources NAME tells more about one.");
    return EXIT_CODE_OK;
}

static void print_forms(const char *source)
{
    struct words w = { 0 };
    struct buffer out = { 0 };
    struct error e;
    json_error_t why;
    int code;
    words_add_format(&w, "%s/tidemark-collector-%s", catalogue_folder(), source);
    words_add(&w, "--describe");
    if (capture(&w, &out, &code, &e) == STATUS_OK && code == EXIT_CODE_OK) {
        json_t *described = json_loadb(out.p, out.n, 0, &why);
        size_t i;
        const json_t *form;
        puts("\nForms (recognised from the data, or forced with SOURCE:FORM=PATH):");
        json_array_foreach(json_object_get(described, "forms"), i, form)
            printf("  %-16s %s\n", maps_text(form, "name"), maps_text(form, "help"));
        printf("\nFor example:\n  tidemark hunt %s=FILE\n  tidemark normalize --all %s=FILE\n", source, source);
        json_decref(described);
    }
    words_fini(&w);
    buffer_fini(&out);
}

static int describe(const char *source)
{
    struct words w = { 0 };
    struct buffer out = { 0 };
    struct error e;
    int code = EXIT_CODE_INTERNAL;
    words_add_format(&w, "%s/tidemark-normalizer", catalogue_folder());
    words_add_pair(&w, "--describe", source);
    if (capture(&w, &out, &code, &e) != STATUS_OK)
        fprintf(stderr, "tidemark sources: %s\n", e.text);
    if (out.n)
        fwrite(out.p, 1, out.n, stdout);
    if (code == EXIT_CODE_OK)
        print_forms(source);
    words_fini(&w);
    buffer_fini(&out);
    return code;
}

/* Names that a list of connectors and tables for this content holds and that need a word. */
static const struct note {
    const char *name, *text;
} notes[] = {
    { "ALERT", "ALERT is no source of sessions: it is the upper-cased action \"alert\" of Azure Firewall's IDPS rows, "
               "which a\ngenerated list of tables took for the table Alert. Those rows are in AZFWIdpsSignature." },
    { "Update",
      "Update is no source of sessions: the table is Update Management's inventory of patches and has neither "
      "addresses\nnor ports. It is in generated lists of tables because the word occurs in a parser's text." },
    { "AzureNSG",
      "No flow of a network security group is in AzureDiagnostics, whatever the connector's entry says: its "
      "NSG\ncategories are counters of rules. Flows are in AzureNetworkAnalytics_CL and NTANetAnalytics." },
    { "AzureDiagnostics",
      "Of AzureDiagnostics only rows of Azure Firewall are sessions. Categories of network security "
      "groups there are\ncounters of rules; their flows are in AzureNetworkAnalytics_CL and "
      "NTANetAnalytics." },
    { "CiscoMerakiNativePoller", "CiscoMerakiNativePoller_CL is read by no parser of NetworkSession. Its rows are in "
                                 "ASIM's columns already; those\nwith EventSchema NetworkSession can be read with "
                                 "asim-native. Meraki's syslog has a source of its own." },
    { "CiscoMerakiNativePoller_CL",
      "CiscoMerakiNativePoller_CL is read by no parser of NetworkSession. Its rows are in "
      "ASIM's columns already;\nthose with EventSchema NetworkSession can be read with "
      "asim-native. Meraki's syslog has a source of its own." },
};

static bool print_note(const char *name)
{
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (strcasecmp(notes[i].name, name) != 0)
            continue;
        puts(notes[i].text);
        return true;
    }
    return false;
}

static int unknown_name(const char *name)
{
    struct catalogue c;
    struct error e;
    const char *nearest = catalogue_open(&c, &e) == STATUS_OK ? catalogue_nearest(&c, name) : NULL;
    fprintf(stderr, "tidemark sources: %s: no such source, connector or table%s%s%s\n", name,
            nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    catalogue_fini(&c);
    return EXIT_CODE_USAGE;
}

/* By id, else every source that Sentinel's connector or table of that name holds, in any case. */
static int describe_named(const json_t *list, const char *name)
{
    size_t i;
    const json_t *one;
    int code = EXIT_CODE_OK;
    json_array_foreach(list, i, one) if (strcasecmp(maps_text(one, "source"), name) ==
                                         0) return describe(maps_text(one, "source"));
    bool found = print_note(name);
    json_array_foreach(list, i, one)
    {
        if (code != EXIT_CODE_OK ||
            !(holds(json_object_get(one, "tables"), name) || holds(json_object_get(one, "connectors"), name)))
            continue;
        printf("%s%s is read by the source %s.\n\n", found ? "\n" : "", name, maps_text(one, "source"));
        found = true;
        code = describe(maps_text(one, "source"));
    }
    return found ? code : unknown_name(name);
}

int command_sources(int argc, char **argv)
{
    int code = EXIT_CODE_OK;
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help();
        return code;
    }
    json_t *list = maps_list("tidemark sources", &code);
    if (list && argc < 2)
        code = print_list(list);
    for (int i = 1; list && i < argc && code == EXIT_CODE_OK; i++) {
        if (i > 1)
            puts("");
        code = describe_named(list, argv[i]);
    }
    json_decref(list);
    return code;
}
