from render_server.cli import main

main()
