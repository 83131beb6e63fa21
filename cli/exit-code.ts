/** What the program ends with. Scripts rely on these numbers; `--help` tells them. */
export const EXIT = {
	done: 0,
	failed: 1,
	/** Nothing was touched: the command line lacks something, or has what it cannot have. */
	usage: 2,
	/** All went well, and something is left for a person to do. */
	unfinished: 3,
	/** As shells count an interrupt. */
	cancelled: 130,
} as const;
