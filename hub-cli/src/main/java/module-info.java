/** The {@code hub} command. Nothing of it is for other modules. */
module dev.hubkit.cli {
  requires dev.hubkit.core;
  requires info.picocli;
  requires java.logging;
  requires static org.jspecify;
  requires org.xerial.sqlitejdbc;

  // Picocli makes the commands and sets their options.
  opens dev.hubkit.cli to
      info.picocli;
}
