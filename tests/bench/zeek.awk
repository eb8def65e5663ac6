# mawk -v T=100 -f zeek.awk FILE
function behind(word, n) { return substr($0, index($0, word) + length(word), n) }
{
    t = behind("\"ts\":", 10)
    port = behind("\"id.resp_p\":", 6); sub(/,.*/, "", port)
    protocol = behind("\"proto\":\"", 5); sub(/".*/, "", protocol)
    state = behind("\"conn_state\":\"", 7); sub(/".*/, "", state)
    sum[t - t % 1200 " " protocol " " port " " state]++
}
END { for (group in sum) if (sum[group] > T) print group, sum[group] }
