package dev.hubkit.fossil.sync;

import java.io.IOException;

/**
 * Handles cards, one method for each kind. The kinds that a handler does not override are those it
 * does not expect.
 */
interface CardHandler {

  /** Handles a card of a kind that this handler has no method for. */
  void handleOther(Card card) throws IOException;

  default void handle(Card.File card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.CompressedFile card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.UnversionedFile card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Igot card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Gimme card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.UnversionedIgot card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.UnversionedGimme card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Clone card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.CloneSequence card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Pull card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Push card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Login card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Cookie card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Private card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.ConfigRequest card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Config card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Pragma card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Failure card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Message card) throws IOException {
    handleOther(card);
  }

  default void handle(Card.Comment card) throws IOException {
    handleOther(card);
  }
}
