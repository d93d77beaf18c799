// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.plot;

/** Letters of three by five pixels, for machines without fonts. Small letters look like capitals. */
final class PixelLetters {
    /** Pixels of a letter from left to right. */
    static final int WIDTH = 3;

    /** Pixels of a letter from top to bottom. */
    static final int HEIGHT = 5;

    private static final String LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz.,:;-/()%+=_[]'<>@&#*!?";

    /** For each letter five octal digits, one for each row from the top; the upper bit of a digit is the left pixel. */
    private static final String ROWS =
            "755572622771747713175571174717747577112275757757172575565656344436555674647746443455355755"
                    + "722271115255655444475775565555255526564425521656553421672222555575555255775552555522271247"
                    + "000020002402020020240070011244244422111251245027200707000007644463111322000124214212425743"
                    + "2565357575052502220261202";

    private PixelLetters() {}

    /** Whether the pixel of a letter has the colour of the ink. A letter that isn't known has none. */
    static boolean inked(char letter, int column, int row) {
        int index = LETTERS.indexOf(Character.toLowerCase(letter));
        if (index < 0) {
            return false;
        }
        int pixels = ROWS.charAt(index * HEIGHT + row) - '0';
        return (pixels >> (WIDTH - 1 - column) & 1) != 0;
    }
}
