package dev.hubkit.bench;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes trees and histories that look like source code and are the same in every run. */
final class FossilHistory {
  private static final String[] WORDS = {
    "return", "public", "static", "value", "index", "result", "buffer", "request", "if", "else",
    "while", "new", "this", "length", "name", "null", "int", "String", "void", "final", "count"
  };

  private FossilHistory() {}

  /** Writes a tree of {@code files} files of 200 bytes to 12 KB below {@code directory}. */
  static void tree(Path directory, int files) throws IOException {
    Random random = new Random(42);
    for (int i = 0; i < files; i++) {
      Path file = directory.resolve(path(i));
      Files.createDirectories(file.getParent());
      Files.writeString(file, text(lines(random, 5 + random.nextInt(300))));
    }
  }

  static String path(int i) {
    return "src/module" + i % 37 + "/part" + i % 11 + "/File" + i + ".java";
  }

  /** Writes a stream for {@code fossil import --git}: a trunk with branches that are merged. */
  static void stream(Path target, int checkIns, int files) throws IOException {
    Random random = new Random(7);
    List<List<String>> tree = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      tree.add(lines(random, 20 + random.nextInt(200)));
    }
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target), 1 << 16)) {
      int branchTip = 0;
      int trunkTip = 0;
      for (int i = 1; i <= checkIns; i++) {
        boolean onBranch = i > 10 && i % 50 >= 40;
        boolean merges = i > 10 && i % 50 == 0;
        write(out, "commit refs/heads/" + (onBranch ? "branch" + i / 50 : "master") + "\n");
        write(out, "mark :" + i + "\n");
        write(out, "committer Ann <ann@example.org> " + (1_400_000_000L + i * 600L) + " +0000\n");
        data(out, "Change number " + i + " of the " + words(random, 6));
        int from = onBranch && branchTip != 0 ? branchTip : trunkTip;
        if (from != 0) {
          write(out, "from :" + from + "\n");
        }
        if (merges && branchTip != 0) {
          write(out, "merge :" + branchTip + "\n");
        }
        for (int change = 0; change < (i == 1 ? files : 1 + random.nextInt(3)); change++) {
          int file = i == 1 ? change : random.nextInt(files);
          List<String> lines = tree.get(file);
          lines.set(random.nextInt(lines.size()), words(random, 8));
          write(out, "M 100644 inline " + path(file) + "\n");
          data(out, text(lines));
        }
        write(out, "\n");
        if (onBranch) {
          branchTip = i;
        } else {
          trunkTip = i;
          branchTip = 0;
        }
      }
    }
  }

  private static void data(OutputStream out, String text) throws IOException {
    write(out, "data " + text.getBytes(StandardCharsets.UTF_8).length + "\n" + text + "\n");
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> lines(Random random, int count) {
    List<String> lines = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      lines.add(words(random, 3 + random.nextInt(6)));
    }
    return lines;
  }

  private static String words(Random random, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(WORDS[random.nextInt(WORDS.length)]).append(random.nextInt(40)).append(' ');
    }
    return text.toString();
  }

  private static String text(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }
}
