package dev.hubkit.fossil.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WikiTextTest {
  private static final int LENGTH = 100_000;

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "# Title #~<h2>Title</h2>",
        "####### seven~<p>####### seven</p>",
        "#none~<p>#none</p>",
        "* one * two~<ul><li>one * two</li></ul>",
        "12. twelve~<ol><li>twelve</li></ol>",
        "a **b** c~<p>a <strong>b</strong> c</p>",
        "a __b *c* d__~<p>a <strong>b <em>c</em> d</strong></p>",
        "2 * 3 * 4~<p>2 * 3 * 4</p>",
        "*a* and snake_case_name~<p><em>a</em> and snake_case_name</p>",
        "_a_b_~<p>_a_b_</p>",
        "**open~<p>**open</p>",
        "****~<hr>",
        "* * *~<hr>",
        "> a *b*~<blockquote><p>a <em>b</em></p></blockquote>",
        "> > a~<blockquote><blockquote><p>a</p></blockquote></blockquote>",
        "a \\*b\\* &lt;c&gt; &copy;~<p>a *b* &lt;c&gt; &amp;copy;</p>",
        "![logo](/raw/x)~<p><a href=\"/raw/x\">logo</a></p>",
        "![logo] !~<p><a href=\"/wiki/logo\">logo</a> !</p>",
        "`a<b` and `open~<p><code>a&lt;b</code> and `open</p>",
        "[x](/tree)~<p><a href=\"/tree\">x</a></p>",
        "[x](//evil)~<p>[x](//evil)</p>",
        "[x](javascript:y)~<p>[x](javascript:y)</p>",
        "[x](open~<p><a href=\"/wiki/x\">x</a>(open</p>",
        "[Page|label]~<p><a href=\"/wiki/Page\">label</a></p>",
        "[0123456789]~<p><a href=\"/info/0123456789\">0123456789</a></p>",
        "[a [b]~<p>[a <a href=\"/wiki/b\">b</a></p>",
        "see https://a.b/c)~"
            + "<p>see <a href=\"https://a.b/c\" rel=\"nofollow noreferrer\">https://a.b/c</a>)</p>",
        "http:// alone~<p>http:// alone</p>"
      })
  void showsMarkdown(String markdown, String html) {
    assertThat(render(markdown, "text/x-markdown").replace("\n", "")).isEqualTo(html);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "<h1>A title</h1>text~<h2>A title</h2><p>text</p>",
        "<h2 class='a'>open<p>text~<h3>open</h3><p>text</p>",
        "<b>a</b> <TT>c</TT>~<p><strong>a</strong> <code>c</code></p>",
        "<ul><li>one</li><li>two</li></ul>~<ul><li>one</li><li>two</li></ul>",
        "<ol><li>one<ul><li>in</ul></ol>~<ol><li>one<ul><li>in</li></ul></li></ol>",
        "a_b_ *c* `d`~<p>a_b_ *c* `d`</p>",
        "<i>a*b</i>~<p><em>a*b</em></p>",
        "<verbatim>a<b> ```</verbatim>~<pre><code>a&lt;b&gt; ```</code></pre>",
        "<a href='/tree'>x</a>~<p><a href=\"/tree\">x</a></p>",
        "<a href='javascript:x'>x</a>~<p>[x](javascript:x)</p>",
        "a<br>b~<p>a  <br>b</p>",
        "# a~<p># a</p>",
        "1999. a~<p>1999. a</p>",
        "<script>a</script>~<p>&lt;script&gt;a&lt;/script&gt;</p>",
        "a < b~<p>a &lt; b</p>"
      })
  void showsFossilsMarkup(String text, String html) {
    assertThat(render(text, null).replace("\n", "")).isEqualTo(html);
  }

  @Test
  void showsBlocksOfSeveralLines() {
    assertThat(
            markdown(
                """
                | Name | Value |
                |------|:-----:|
                | `a`  | 1 \\| 2 |
                | b    |

                1. one
                   and more
                2. two
                   - in *it*
                   - again

                   with a paragraph

                ~~~~
                ```
                ~~~~
                Title
                =====
                line\s\s
                break
                """))
        .isEqualTo(
            "<div class=\"scroll\" tabindex=\"0\"><table class=\"list\">"
                + "<thead><tr><th>Name</th><th>Value</th></tr></thead><tbody>"
                + "<tr><td><code>a</code></td><td>1 | 2</td></tr><tr><td>b</td></tr>"
                + "</tbody></table></div>"
                + "<ol><li>oneand more</li><li><p>two</p><ul><li>in <em>it</em></li>"
                + "<li>again</li></ul><p>with a paragraph</p></li></ol>"
                + "<pre><code>```</code></pre><h2>Title</h2><p>line  <br>break</p>");
  }

  private static String markdown(String text) {
    return render(text, "text/x-markdown").replace("\n", "");
  }

  @Test
  void showsFossilsListsAndTables() {
    assertThat(
            render(
                    """
                    Text
                      *  one
                      *  two

                      #  first
                      #  second

                      indented
                    <table><tr><th>a<td>b|c
                    <tr><td>d</td></tr></table>end
                    """,
                    null)
                .replace("\n", ""))
        .isEqualTo(
            "<p>Text</p><ul><li>one</li><li>two</li></ul><ol><li>first</li><li>second</li></ol>"
                + "<blockquote><p>indented</p></blockquote>"
                + "<div class=\"scroll\" tabindex=\"0\"><table class=\"list\"><tbody>"
                + "<tr><td>a</td><td>b|c</td></tr><tr><td>d</td></tr></tbody></table></div>"
                + "<p>end</p>");
  }

  @Test
  void aHeadingMayGoOverLines() {
    assertThat(render("<h1>\nOne\ntwo\n</h1>", null)).isEqualTo("<h2>One two</h2>");
    assertThat(render("<h1>One\n\ntwo", null)).startsWith("<h2>One</h2><p>two");
  }

  /**
   * Each text makes a scan that looks ahead at every sign, or goes back, take time quadratic in the
   * length: minutes, where this scan takes a fraction of a second.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[x](",
        "[",
        "[a|",
        "[x](a",
        "[x]",
        "*",
        "*a",
        "**a",
        "* ",
        "_",
        "_a",
        "__a ",
        "`",
        "`` ",
        "<h1>",
        "<h1 ",
        "<b",
        "<br ",
        "</",
        "<br\t\t",
        "http://",
        "https:",
        "#",
        "# ",
        "# #",
        "1",
        "  ",
        " \u2028",
        "* \n",
        "```\n",
        "    a\n",
        "- a\n  b\n",
        "[0123456|",
        "[0123456",
        "~~~\n",
        ">",
        "> ",
        ">a\n",
        "|",
        "|-\n",
        "a|b\n",
        "a\n-|\n",
        "\\",
        "\\*",
        "&",
        "![",
        "1. a\n   - b\n",
        "- ",
        "a  \n",
        "<pre>",
        "<pre>`",
        "<li>",
        "<ul>",
        "<td>",
        "<tr>",
        "<a href=x>",
        "<a href ",
        "  *  a\n",
        "\n  a",
        "**a __b *c _d `e [f](g "
      })
  @Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void takesATimeInProportionToTheLength(String repeated) {
    String text = repeated.repeat(LENGTH / repeated.length());
    for (String page : new String[] {text, "# " + text + "x", "* " + text + "\u2028"}) {
      assertThat(render(page, "text/x-markdown").length()).isBetween(0, 40 * LENGTH);
    }
    for (String page : new String[] {text, "<h1>" + text}) {
      assertThat(render(page, null).length()).isBetween(0, 40 * LENGTH);
    }
    Html html = new Html();
    WikiText.links(text, html);
    assertThat(html.finish()).isNotEmpty();
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aLargePageOfLinksThatNothingEndsIsShown() {
    String page = "[x](".repeat(200_000);
    assertThat(render(page, "text/x-markdown").length()).isEqualTo(200_000 * 24 + 8);
  }

  private static String render(String text, @Nullable String mimetype) {
    Html html = new Html();
    WikiText.render(text, mimetype, html);
    return html.finish();
  }
}
