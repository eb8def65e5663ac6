/* fuzz: component=normalizer */
/* Any bytes as a map: it is refused with findings or compiled, and what is compiled can be described and applied. */
#include "describe.h"
#include "meaning.h"

static void apply(const struct map *m)
{
    static const char *const texts[] = { "", "a", "6", "\xff", "x.y" };
    struct meaning_options options = { .app = true, .weigh_event_count = true, .printed = true };
    struct meanings *meanings = meanings_new(m, &options);
    struct span fields[MAP_DESCRIPTOR_FIELDS_MAX], descriptors[5 * MAP_DESCRIPTOR_FIELDS_MAX];
    uint32_t n = 0;
    struct error e;
    for (unsigned i = 0; i < m->record_n; i++)
        if (m->record[i].kind == RECORD_DESCRIPTOR)
            fields[n++] = m->record[i].name;
    for (uint32_t i = 0; i < 5 * n; i++)
        descriptors[i] = span_text(texts[(i + i / (n ? n : 1)) % 5]);
    struct batch b = { .kind = BATCH_RECORDS,
                       .descriptor_fields_n = n,
                       .descriptor_fields = fields,
                       .descriptors_n = 5,
                       .descriptors = descriptors };
    CHECK(meanings_begin(meanings, &b, &e) == STATUS_OK);
    for (uint32_t i = 0; i < 5; i++) {
        const struct meaning *one = meanings_get(meanings, i);
        CHECK((one->n == 0) == (one->reason.n > 0));
        CHECK(meanings_get(meanings, i) == one);
    }
    meanings_free(&meanings);
}

/* References between fields can double the work with each step; what takes too long is no map that anybody writes. */
static bool is_small(const struct map *m)
{
    unsigned references = 0;
    for (unsigned i = 0; i < ASIM_COUNT; i++) {
        const struct expression *e = m->sessions[0].fields[i];
        for (unsigned k = 0; e && k < e->from_n; k++)
            references += e->from[k].kind == REFERENCE_ASIM;
    }
    return references < 12;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct findings f = { .file = "map.yaml" };
    struct buffer words = { 0 };
    struct map *m = map_compile(span_of((const char *)data, size), NULL, &f);
    CHECK((m == NULL) == (f.n > 0));
    if (m && is_small(m)) {
        for (unsigned i = 0; i < ASIM_COUNT; i++)
            if (m->sessions[0].fields[i])
                describe_expression(&words, m, m->sessions[0].fields[i]);
        apply(m);
    }
    map_free(&m);
    findings_fini(&f);
    buffer_fini(&words);
    return 0;
}
