package dev.hubkit.fossil.crosslink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkScannerTest {
  private static final int LENGTH = 200_000;

  @Property(tries = 2000)
  void codeEndsWhereSoManyBackticksComeNext(
      @ForAll @Chars({'`', '`', 'a'}) @StringLength(max = 40) String text) {
    BacktickRuns runs = new BacktickRuns(text);
    for (int i = text.indexOf('`'); i >= 0; i = text.indexOf('`', i)) {
      int run = i;
      while (run < text.length() && text.charAt(run) == '`') {
        run++;
      }
      int closing = text.indexOf(text.substring(i, run), run);
      int end = closing < 0 ? run : closing + run - i;
      assertThat(runs.endOfCode(i)).isEqualTo(end);
      i = end;
    }
  }

  @Test
  void findsNoLinksInCode() {
    assertThat(markdown("[a] `[b]` ``[c] ` [d]`` [e] ``` [f] ``")).containsExactly("a", "e", "f");
  }

  /** Each text makes a scan that looks ahead from every sign take time quadratic in the length. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[x](",
        "[",
        "[a|",
        "![x](",
        "[x][",
        "[x]:",
        "[x]: y\n",
        "<",
        "<a",
        "<a '",
        "<a \"'",
        "<!--",
        "<a '\"'\"",
        "<nowiki>",
        "<verbatim>",
        "</verbatim",
        "`",
        "`` ",
        "\\`",
        "```\n",
        "    [a\n"
      })
  @Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void takesATimeInProportionToTheLength(String repeated) {
    String text = repeated.repeat(LENGTH / repeated.length());
    for (String page : List.of(text, "<verbatim>" + text, "<a '" + text, "[" + text + "](x)")) {
      assertThat(markdown(page).size()).isLessThan(LENGTH);
      List<String> found = new ArrayList<>();
      LinkScanner.scanWiki(page, found::add);
      assertThat(found.size()).isLessThan(LENGTH);
    }
  }

  /** Makes runs of backticks, each of a different length, that nothing closes. */
  @Test
  @Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void backticksThatNothingEndsAreLookedAtOnce() {
    StringBuilder text = new StringBuilder("x");
    for (int length = 1260; length > 0; length--) {
      text.append(" ").append("`".repeat(length));
    }
    assertThat(text.length()).isCloseTo(4 * LENGTH, withPercentage(2));
    assertThat(markdown(text + " [a]")).containsExactly("a");
  }

  private static List<String> markdown(String text) {
    List<String> found = new ArrayList<>();
    LinkScanner.scanMarkdown(text, found::add);
    return found;
  }
}
