# mawk -v T=500 -f vpc.awk FILE
$8 != "-" { sum[$11 - $11 % 1200 " " $8 " " $7 " " $13]++ }
END { for (group in sum) if (sum[group] > T) print group, sum[group] }
