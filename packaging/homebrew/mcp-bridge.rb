# SPDX-License-Identifier: ISC
class McpBridge < Formula
  desc "Connect a local MCP host to a remote MCP server"
  homepage "@HOMEPAGE@"
  url "@HOMEPAGE@/releases/mcp-bridge-@VERSION@.tar.gz"
  sha256 "@SHA256@"
  license "ISC"

  depends_on "pkgconf" => :build
  depends_on "curl"
  depends_on "libbsd"
  depends_on "openssl@3"

  def install
    system "make", "install", "prefix=#{prefix}",
           "zshcompdir=#{zsh_completion}", "bashcompdir=#{bash_completion}",
           "fishcompdir=#{fish_completion}"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/mcp-bridge --version")
  end
end
