package dev.hubkit.fossil.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.MalformedContentException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ArtifactTest {
  private static final Instant TIME = Instant.parse("2024-02-29T12:30:45.678Z");
  private static final ArtifactName A = ArtifactName.sha1(new byte[] {1});
  private static final ArtifactName B = ArtifactName.sha3(new byte[] {2});
  private static final List<ArtifactName> SORTED = List.of(A, B).stream().sorted().toList();

  private static final List<Artifact> SAMPLES =
      List.of(
          new Manifest(
              null,
              "A comment\nwith \\ and\ttabs",
              TIME,
              List.of(
                  new ManifestFile("a b", A, Permission.REGULAR, null),
                  new ManifestFile("dir/x", B, Permission.EXECUTABLE, "old name"),
                  new ManifestFile("Ünï", B, Permission.SYMLINK, null)),
              "text/x-markdown",
              List.of(A, B),
              List.of(new Cherrypick(false, A, null), new Cherrypick(true, B, A)),
              "d41d8cd98f00b204e9800998ecf8427e",
              List.of(
                  TagChange.onSelf(TagChange.Kind.PROPAGATE, "branch", "my branch"),
                  TagChange.onSelf(TagChange.Kind.PROPAGATE, "sym-my branch", null),
                  TagChange.onSelf(TagChange.Kind.CANCEL, "sym-trunk", null)),
              "some one"),
          new Manifest(
              A,
              "Delta",
              TIME,
              List.of(
                  new ManifestFile("gone", null, Permission.REGULAR, null),
                  new ManifestFile("here", B, Permission.REGULAR, null)),
              null,
              List.of(A),
              List.of(),
              null,
              List.of(),
              "u"),
          new ClusterArtifact(SORTED),
          new Control(
              TIME,
              List.of(
                  new TagChange(TagChange.Kind.SINGLE, "comment", A, "new"),
                  new TagChange(TagChange.Kind.CANCEL, "closed", B, null)),
              "u"),
          new WikiPage(null, TIME, "A Page", null, List.of(A), "u", "line\nZ no card\n"),
          new TicketChange(
              TIME,
              List.of(new TicketChange.Field("+c", "x y"), new TicketChange.Field("title", "")),
              A.hex(),
              "u"),
          new Attachment("f g.txt", "A Page", B, "why", TIME, null, "u"),
          new Attachment("f", A.hex(), null, null, TIME, null, "u"),
          new TechNote("c", TIME, TIME, A, "text/plain", List.of(B), List.of(), "u", "text"),
          new ForumPost(TIME, A, null, B, null, List.of(), "u", "text"),
          new ForumPost(TIME, null, "Title", null, null, List.of(), "u", ""));

  @Test
  void whatIsWrittenIsReadBack() {
    for (Artifact artifact : SAMPLES) {
      assertThat(Artifact.parse(artifact.encode())).isEqualTo(artifact);
      assertThat(Artifact.parseIfArtifact(artifact.encode())).isEqualTo(artifact);
    }
  }

  @Test
  void neighbouringManifestsShareTheirFiles() {
    FileCards known = new FileCards();
    Manifest first = (Manifest) SAMPLES.get(0);
    Artifact again = Artifact.parseIfArtifact(first.encode(), known);
    Artifact other = Artifact.parseIfArtifact(SAMPLES.get(1).encode(), known);
    Artifact third = Artifact.parseIfArtifact(first.encode(), known);
    assertThat(again).isEqualTo(first);
    assertThat(other).isEqualTo(SAMPLES.get(1));
    assertThat(third).isEqualTo(first);
    Artifact fourth = Artifact.parseIfArtifact(first.encode(), known);
    assertThat(((Manifest) fourth).files().get(1)).isSameAs(((Manifest) third).files().get(1));
  }

  /** The reader either refuses a damaged artifact or reads something complete. */
  @Property(tries = 2000)
  void damageIsRefused(@ForAll Random random) {
    byte[] whole = SAMPLES.get(random.nextInt(SAMPLES.size())).encode();
    byte[] damaged =
        random.nextInt(4) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
    for (int i = random.nextInt(3); i >= 0 && damaged.length > 0; i--) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
    }
    assertReadOrRefused(damaged);
    // With the checksum corrected, the cards themselves must stand the test.
    if (damaged.length > 40) {
      assertReadOrRefused(resealed(damaged));
    }
  }

  private static void assertReadOrRefused(byte[] bytes) {
    try {
      Artifact artifact = Artifact.parse(bytes);
      assertThat(Artifact.parse(artifact.encode())).isEqualTo(artifact);
    } catch (MalformedContentException e) {
      assertThat(e.getMessage()).startsWith("artifact");
      assertThat(Artifact.parseIfArtifact(bytes)).isNull();
    }
  }

  private static byte[] resealed(byte[] bytes) {
    int end = bytes.length - 35;
    return sealed(new String(bytes, 0, end, StandardCharsets.ISO_8859_1));
  }

  private static byte[] sealed(String cards) {
    byte[] bytes = cards.getBytes(StandardCharsets.ISO_8859_1);
    String seal = "Z " + ArtifactCardWriter.md5(bytes, 0, bytes.length) + "\n";
    return (cards + seal).getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void whatIsWrongIsSaidWithTheCard() {
    String d = "D 2024-02-29T12:30:45.678\n";
    assertRefused("C x\nD 2024-02-30x\nU u\n", "card 2 (D): not a date");
    assertRefused("C x\n" + d + "F ../x " + A + "\nU u\n", "card 3 (F): not a simple path");
    assertRefused("C x\n" + d + "F x\nU u\n", "card 3 (F): no hash");
    assertRefused("C x\n" + d + "F b " + A + "\nF a " + A + "\n", "card 4 (F): files out of order");
    assertRefused(d + "C x\nU u\n", "card 2 (C): out of order");
    assertRefused("C x\nC y\n" + d + "U u\n", "card 2 (C): more than one");
    assertRefused("C x y\n" + d + "U u\n", "card 1 (C): extra words");
    assertRefused("C x\n" + d + "U u\nW 3\nabc\n", "a W card does not belong in a manifest");
    assertRefused(d + "L A\\sPage\nU u\nW 999\nabc\n", "(W): less text than the stated 999 bytes");
    assertRefused(d + "L A\\sPage\nU u\n", "no W card in a wiki page");
    assertRefused(d + "T +x *\nU u\n", "a control artifact cannot tag itself");
    assertRefused(d + "T +abcd " + A + "\nU u\n", "the name looks like a hash");
    assertRefused("M " + SORTED.get(1) + "\nM " + SORTED.get(0) + "\n", "members out of order");
    assertRefused("Cx y\n" + d + "U u\n", "does not begin with a card");
    assertRefused("C x\nDx y\n" + d + "U u\n", "a card is one letter");
    byte[] wrong = sealed("C x\n" + d + "U u\n");
    wrong[2] = 'y';
    assertThatThrownBy(() -> Artifact.parse(wrong)).hasMessageContaining("checksum of the Z card");
  }

  private static void assertRefused(String cards, String message) {
    assertThatThrownBy(() -> Artifact.parse(sealed(cards)))
        .isInstanceOf(MalformedContentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aSignatureAroundAnArtifactIsPassedOver() {
    String inside = new String(SAMPLES.get(3).encode(), StandardCharsets.UTF_8);
    String signed =
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\n"
            + inside
            + "-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n";
    assertThat(Artifact.parse(signed.getBytes(StandardCharsets.UTF_8))).isEqualTo(SAMPLES.get(3));
  }
}
