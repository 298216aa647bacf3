package dev.hubkit.junit.stub;

/**
 * Answers requests in the place of a service. Called on threads of the toolkit, by several at once;
 * it may block. At most eight calls of one stub run at a time, and 32 of a hub.
 */
@FunctionalInterface
public interface StubFunction {
  /**
   * Returns the reply to a request.
   *
   * @throws Exception for the service error 500, which the failure of the test then shows, too
   */
  StubReply answer(StubRequest request) throws Exception;
}
