"""How near `vigil plan tour` comes to the shortest tour, on instances of TSPLIB whose optimum is known.

python scripts/bench_tours.py [SECONDS]
"""

import math
import sys
import time

from vigil.planning.tour_order import StopNeed, shortest_order

# Name, length of the shortest tour, and coordinates; distances are rounded to whole numbers as TSPLIB's EUC_2D says.
INSTANCES = {
    "eil51": (
        426,
        """
        37 52 49 49 52 64 20 26 40 30 21 47 17 63 31 62 52 33 51 21 42 41 31 32 5 25 12 42 36 16 52 41 27 23 17 33 13
        13 57 58 62 42 42 57 16 57 8 52 7 38 27 68 30 48 43 67 58 48 58 27 37 69 38 46 46 10 61 33 62 63 63 69 32 22
        45 35 59 15 5 6 10 17 21 10 5 64 30 15 39 10 32 39 25 32 25 55 48 28 56 37 30 40
        """,
    ),
    "berlin52": (
        7542,
        """
        565 575 25 185 345 750 945 685 845 655 880 660 25 230 525 1000 580 1175 650 1130 1605 620 1220 580 1465 200
        1530 5 845 680 725 370 145 665 415 635 510 875 560 365 300 465 520 585 480 415 835 625 975 580 1215 245 1320
        315 1250 400 660 180 410 250 420 555 575 665 1150 1160 700 580 685 595 685 610 770 610 795 645 720 635 760 650
        475 960 95 260 875 920 700 500 555 815 830 485 1170 65 830 610 605 625 595 360 1340 725 1740 245
        """,
    ),
    "st70": (
        675,
        """
        64 96 80 39 69 23 72 42 48 67 58 43 81 34 79 17 30 23 42 67 7 76 29 51 78 92 64 8 95 57 57 91 40 35 68 40 92
        34 62 1 28 43 76 73 67 88 93 54 6 8 87 18 30 9 77 13 78 94 55 3 82 88 73 28 20 55 27 43 95 86 67 99 48 83 75
        81 8 19 20 18 54 38 63 36 44 33 52 18 12 13 25 5 58 85 5 67 90 9 41 76 25 76 37 64 56 63 10 55 98 7 16 74 89
        60 48 82 81 76 29 60 17 22 5 45 79 70 9 100 17 82 74 67 10 68 48 19 83 86 84 94
        """,
    ),
    "kroA100": (
        21282,
        """
        1380 939 2848 96 3510 1671 457 334 3888 666 984 965 2721 1482 1286 525 2716 1432 738 1325 1251 1832 2728 1698
        3815 169 3683 1533 1247 1945 123 862 1234 1946 252 1240 611 673 2576 1676 928 1700 53 857 1807 1711 274 1420
        2574 946 178 24 2678 1825 1795 962 3384 1498 3520 1079 1256 61 1424 1728 3913 192 3085 1528 2573 1969 463 1670
        3875 598 298 1513 3479 821 2542 236 3955 1743 1323 280 3447 1830 2936 337 1621 1830 3373 1646 1393 1368 3874
        1318 938 955 3022 474 2482 1183 3854 923 376 825 2519 135 2945 1622 953 268 2628 1479 2097 981 890 1846 2139
        1806 2421 1007 2290 1810 1115 1052 2588 302 327 265 241 341 1917 687 2991 792 2573 599 19 674 3911 1673 872
        1559 2863 558 929 1766 839 620 3893 102 2178 1619 3822 899 378 1048 1178 100 2599 901 3416 143 2961 1605 611
        1384 3113 885 2597 1830 2586 1286 161 906 1429 134 742 1025 1625 1651 1187 706 1787 1009 22 987 3640 43 3756
        882 776 392 1724 1642 198 1810 3950 1558
        """,
    ),
}


def instance(name: str) -> tuple[int, list[list[float]]]:
    """The optimum, and the distance of each place from each other."""
    optimum, text = INSTANCES[name]
    numbers = list(map(int, text.split()))
    places = list(zip(numbers[::2], numbers[1::2], strict=True))
    return optimum, [[float(int(math.dist(one, other) + 0.5)) for other in places] for one in places]


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    print(f"{'instance':10} {'optimum':>8} {'found':>8} {'beyond':>7} {'took':>6}")
    for name in INSTANCES:
        optimum, walks = instance(name)
        needs = [StopNeed(id=str(number)) for number in range(len(walks))]
        began = time.perf_counter()
        order = shortest_order(needs, walks, returns=True, seconds=seconds, seed=1)
        took = time.perf_counter() - began
        beyond = order.walking / optimum - 1
        print(f"{name:10} {optimum:8} {order.walking:8.0f} {beyond:7.2%} {took:5.1f}s")


if __name__ == "__main__":
    main()
