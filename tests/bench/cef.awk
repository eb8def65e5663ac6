# mawk -v T=100 -f cef.awk FILE       (the generator stays within January 2026)
function behind(word, n) { return substr($0, index($0, word) + length(word), n) }
function word_behind(word, n,    text) { text = behind(word, n); sub(/ .*/, "", text); return text }
{
    at = behind("|rt=", 20)
    if (!(substr(at, 1, 16) in window))
        window[substr(at, 1, 16)] = 1767225600 + (substr(at, 5, 2) - 1) * 86400 + substr(at, 13, 2) * 3600
    start = window[substr(at, 1, 16)] + int(substr(at, 16, 2) / 20) * 1200
    sum[start " " word_behind(" proto=", 5) " " word_behind(" dpt=", 6) " " word_behind(" act=", 6)]++
}
END { for (group in sum) if (sum[group] > T) print group, sum[group] }
