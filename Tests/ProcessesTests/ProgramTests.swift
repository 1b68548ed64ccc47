import Testing

@testable import Processes

@Suite struct ProgramTests {
    @Test func programsAreFoundAsTheShellFindsThem() {
        #expect(
            Program.find("sh") != nil && Program.find("nosuchprogram-at-all") == nil
                && Program.find("/etc/passwd") == nil)
        #expect(
            Program.firstWord(of: "python3 caption.py") == "python3" && Program.firstWord(of: "\"$HOME/x\" y") == nil
                && Program.firstWord(of: "cd x && y") == nil)
    }
}
