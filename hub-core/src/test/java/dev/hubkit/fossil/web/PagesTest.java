package dev.hubkit.fossil.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagesTest {
  private static final String EVIL = "<script>alert('x')</script> & \"more\"";

  @TempDir Path directory;
  private FossilRepository repository;
  private FossilServer server;
  private ArtifactName first;
  private ArtifactName second;

  @BeforeEach
  void serve() throws IOException {
    repository =
        FossilRepository.create(
            directory.resolve("r.fossil"), CreateOptions.withAdministrator("admin"));
    first =
        repository.commit(
            new Commit("admin", "the beginning")
                .put("src/main.c", FileContent.of("int main() {\n  return 1;\n}\n"))
                .put("evil.txt", FileContent.of(EVIL + "\n"))
                .put("bin", FileContent.of(new byte[] {0, 1, 2, 3})));
    second =
        repository.commit(
            new Commit("admin", EVIL)
                .onTopOf(first)
                .tag("v1")
                .put("src/main.c", FileContent.of("int main() {\n  return 2;\n}\n")));
    repository.update(
        t -> {
          t.writeWiki("admin", "Home", "text/x-markdown", "# Hello\n\n**bold** " + EVIL);
          t.putUnversioned("notes.html", EVIL.getBytes(StandardCharsets.UTF_8));
        });
    server = FossilServer.start(repository, FossilServerOptions.defaults().withPort(0));
  }

  @AfterEach
  void stop() {
    server.close();
    repository.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/timeline",
        "/timeline?r=trunk",
        "/timeline?t=v1",
        "/timeline?u=admin",
        "/timeline?y=ci",
        "/timeline?file=src/main.c",
        "/info/tip",
        "/diff?from=root:tip&to=tip",
        "/tree",
        "/tree/src?ci=v1",
        "/file/evil.txt",
        "/file/bin",
        "/annotate/src/main.c",
        "/branches",
        "/tags",
        "/wiki",
        "/wiki/Home",
        "/uvlist",
        "/stat",
        "/search?s=script",
        "/search?s=main",
        "/search?s=%3Cscript%3E"
      })
  void showsPagesWithoutAnythingToRun(String path) throws IOException {
    Answer answer = get(path);
    assertThat(answer.status).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
    assertThat(answer.header("Content-Security-Policy")).startsWith("default-src 'none'");
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(answer.text()).startsWith("<!doctype html>").doesNotContain("<script");
    assertThat(answer.text()).endsWith("</main></body></html>");
  }

  @Test
  void theyShowWhatIsInTheRepository() throws IOException {
    assertThat(get("/timeline").text())
        .contains("the beginning", "&lt;script&gt;", first.abbreviated(), "v1", "<svg");
    assertThat(get("/info/" + second.abbreviated()).text())
        .contains(
            "<td class=\"sign\">-</td><td>  return 1;</td>",
            "<td class=\"sign\">+</td><td>  return 2;</td>",
            "src/main.c");
    assertThat(get("/file/src/main.c?ci=" + first.hex()).text()).contains("  return 1;");
    assertThat(get("/annotate/src/main.c").text())
        .contains(first.abbreviated(), second.abbreviated());
    assertThat(get("/wiki/Home").text()).contains("<h2>Hello</h2>", "<strong>bold</strong>");
  }

  @Test
  void contentIsHandedOutSoThatNoBrowserRunsIt() throws IOException {
    for (String path : List.of("/raw/evil.txt?ci=tip", "/uv/notes.html")) {
      Answer answer = get(path);
      assertThat(answer.text().strip()).isEqualTo(EVIL);
      assertThat(answer.header("Content-Type")).startsWith("text/plain");
      assertThat(answer.header("Content-Security-Policy")).contains("sandbox");
    }
    assertThat(get("/raw/bin?ci=tip").header("Content-Type")).isEqualTo("application/octet-stream");
  }

  @Test
  void archivesHoldTheFiles() throws IOException {
    Answer zip = get("/zip/v1/project.zip");
    assertThat(zip.header("Content-Disposition")).isEqualTo("attachment; filename=\"project.zip\"");
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip.body))) {
      List<String> names =
          Stream.generate(() -> next(in)).takeWhile(name -> !name.isEmpty()).toList();
      assertThat(names).contains("project/src/main.c", "project/evil.txt");
    }
    try (InputStream in =
        new GZIPInputStream(new ByteArrayInputStream(get("/tarball/v1/project.tar.gz").body))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1))
          .contains("project/src/main.c", "return 2;");
    }
  }

  private static String next(ZipInputStream in) {
    try {
      var entry = in.getNextEntry();
      return entry == null ? "" : entry.getName();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void theReadApiIsJson() throws IOException {
    assertThat(get("/json/stat").text()).contains("\"checkins\":2", "\"wiki\":1");
    assertThat(get("/json/timeline?y=ci").text())
        .contains("\"artifact\":\"" + second.hex() + "\"", "\"parents\":[\"" + first.hex() + "\"]");
    assertThat(get("/json/checkin/v1").text()).contains(second.hex());
    assertThat(get("/json/files/tip").text()).contains("\"name\":\"src/main.c\"");
    assertThat(get("/json/branches").text()).contains("\"name\":\"trunk\"");
    assertThat(get("/json/tags").text()).contains("\"name\":\"v1\"");
    assertThat(get("/json/wiki").text()).contains("\"title\":\"Home\"");
    assertThat(get("/json/unversioned").text()).contains("\"name\":\"notes.html\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nothing",
        "/info/doesnotexist",
        "/info/%3Cscript%3Ealert(1)%3C/script%3E",
        "/file/../../../etc/passwd",
        "/file/..%2f..%2f..%2fetc%2fpasswd",
        "/tree/nowhere",
        "/wiki/Nowhere",
        "/uv/nothing",
        "/uv/..%2fr.fossil",
        "/raw/0123456789",
        "/json/nothing",
        "/zip/nothing/x.zip",
        "/timeline?y=zz",
        "/timeline?n=abc",
        "/timeline?t='%20OR%20'1'='1",
        "/diff?from=a",
        "/search?s=%ff%fe"
      })
  void whatMakesNoSenseIsSaidSo(String path) throws IOException {
    Answer answer = get(path);
    assertThat(answer.status).isIn(200, 400, 404);
    assertThat(answer.text()).doesNotContain("<script", "root:", "Exception");
  }

  @Test
  void whoMayNotReadGetsNothing() throws IOException {
    repository.update(t -> t.session().run("UPDATE user SET cap='' WHERE login='nobody'"));
    for (String path : List.of("/", "/raw/evil.txt?ci=tip", "/json/stat", "/uv/notes.html")) {
      assertThat(get(path).status).isEqualTo(403);
    }
    repository.update(t -> t.session().run("UPDATE user SET cap='o' WHERE login='nobody'"));
    assertThat(get("/").text()).contains("the beginning").doesNotContain("wiki/Home");
    assertThat(get("/wiki/Home").status).isEqualTo(403);
    assertThat(get("/zip/tip/x.zip").status).isEqualTo(403);
  }

  @Test
  void gzipsWhatAClientLikesSo() throws IOException {
    HttpURLConnection connection = open("/timeline");
    connection.setRequestProperty("Accept-Encoding", "deflate, gzip;q=0.8");
    assertThat(connection.getHeaderField("Content-Encoding")).isEqualTo("gzip");
    try (InputStream in = new GZIPInputStream(connection.getInputStream())) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).contains("the beginning");
    }
    connection = open("/timeline");
    connection.setRequestProperty("Accept-Encoding", "gzip;q=0");
    assertThat(connection.getHeaderField("Content-Encoding")).isNull();
  }

  @Test
  void knowsHeadAndRefusesOtherMethods() throws IOException {
    HttpURLConnection head = open("/timeline");
    head.setRequestMethod("HEAD");
    assertThat(head.getResponseCode()).isEqualTo(200);
    HttpURLConnection put = open("/timeline");
    put.setRequestMethod("PUT");
    assertThat(put.getResponseCode()).isEqualTo(405);
    HttpURLConnection post = open("/timeline");
    post.setRequestMethod("POST");
    post.setDoOutput(true);
    post.getOutputStream().write(1);
    assertThat(post.getResponseCode()).isEqualTo(405);
  }

  private record Answer(int status, HttpURLConnection connection, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    String header(String name) {
      return connection.getHeaderField(name);
    }
  }

  private HttpURLConnection open(String path) throws IOException {
    return (HttpURLConnection)
        URI.create(server.url())
            .resolve(URI.create(path.replace("'", "%27")))
            .toURL()
            .openConnection();
  }

  private Answer get(String path) throws IOException {
    HttpURLConnection connection = open(path);
    int status = connection.getResponseCode();
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      return new Answer(status, connection, in.readAllBytes());
    }
  }
}
