#include "columns.h"

static uint16_t load_u16(const unsigned char *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint32_t load_u32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

void columns_widen(const struct column *c, uint32_t rows, int64_t missing, int64_t *out)
{
    const unsigned char *p = c->data;
    int64_t base = c->base;
    switch (c->type) {
    case COLUMN_U8:
        for (uint32_t i = 0; i < rows; i++)
            out[i] = base + p[i];
        break;
    case COLUMN_U16:
        for (uint32_t i = 0; i < rows; i++)
            out[i] = base + load_u16(p + 2 * (size_t)i);
        break;
    case COLUMN_U32:
        for (uint32_t i = 0; i < rows; i++)
            out[i] = base + load_u32(p + 4 * (size_t)i);
        break;
    default:
        for (uint32_t i = 0; i < rows; i++)
            out[i] = column_integer(c, i);
    }
    for (uint32_t i = 0; c->nulls && i < rows; i++)
        if (column_null(c, i))
            out[i] = missing;
}

void columns_widen_ports(const struct column *c, uint32_t rows, int32_t *out)
{
    if (c->type == COLUMN_U16 && c->base == 0 && !c->nulls) {
        for (uint32_t i = 0; i < rows; i++)
            out[i] = load_u16(c->data + 2 * (size_t)i);
        return;
    }
    for (uint32_t i = 0; i < rows; i++) {
        int64_t port = column_null(c, i) ? -1 : column_integer(c, i);
        out[i] = port < 0 || port > 65535 ? -1 : (int32_t)port;
    }
}

void columns_widen_numbers(const struct column *c, uint32_t rows, uint32_t *out)
{
    const unsigned char *p = c->data;
    if (c->type == COLUMN_U8)
        for (uint32_t i = 0; i < rows; i++)
            out[i] = p[i];
    else if (c->type == COLUMN_U16)
        for (uint32_t i = 0; i < rows; i++)
            out[i] = load_u16(p + 2 * (size_t)i);
    else if (rows)
        memcpy(out, p, 4 * (size_t)rows);
}

bool columns_are_ports(const struct column *c, uint32_t rows)
{
    uint32_t most = 0;
    const unsigned char *p = c->data;
    if (c->base < 0 || c->base > 65535)
        return false;
    if (c->type == COLUMN_U8)
        for (uint32_t i = 0; i < rows; i++)
            most = p[i] > most ? p[i] : most;
    else if (c->type == COLUMN_U16)
        for (uint32_t i = 0; i < rows; i++)
            most = load_u16(p + 2 * (size_t)i) > most ? load_u16(p + 2 * (size_t)i) : most;
    else if (c->type == COLUMN_U32)
        for (uint32_t i = 0; i < rows; i++)
            most = load_u32(p + 4 * (size_t)i) > most ? load_u32(p + 4 * (size_t)i) : most;
    else
        return false;
    return (uint64_t)c->base + most <= 65535;
}
